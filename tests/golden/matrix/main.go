// Program matrix parks goroutines in every way that the standard library and our own code know, each under the pprof
// label `case`, and writes its goroutine profiles (debug=0, 1 and 2) into the folder that it is given.
package main

import (
	"context"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"sort"
	"strconv"
	"time"
)

var cases = map[string]func(){}

func add(name string, start func()) { cases[name] = start }

func main() {
	debug.SetGCPercent(-1) // a collected connection would be closed, and its reader gone
	names := make([]string, 0, len(cases))
	for name := range cases {
		names = append(names, name)
	}
	sort.Strings(names)
	if len(os.Args) > 2 {
		profileCPU(os.Args[2])
	}
	for _, name := range names {
		pprof.Do(context.Background(), pprof.Labels("case", name), func(context.Context) { cases[name]() })
	}
	settle()
	for level := 0; level < 3; level++ {
		write(filepath.Join(os.Args[1], "debug"+strconv.Itoa(level)), level)
	}
}

// settle waits until the number of goroutines stays the same for a second.
func settle() {
	for last, calm := 0, 0; calm < 10; time.Sleep(100 * time.Millisecond) {
		if now := runtime.NumGoroutine(); now == last {
			calm++
		} else {
			last, calm = now, 0
		}
	}
}

func write(path string, level int) {
	file, err := os.Create(path)
	if err == nil {
		err = pprof.Lookup("goroutine").WriteTo(file, level)
	}
	if err != nil {
		log.Fatal(err)
	}
	file.Close()
}

// profileCPU writes a profile for profile-guided optimisation: everything that starts goroutines is made hot.
func profileCPU(path string) {
	file, err := os.Create(path)
	if err != nil {
		log.Fatal(err)
	}
	pprof.StartCPUProfile(file)
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); {
		warm()
	}
	pprof.StopCPUProfile()
	file.Close()
}
