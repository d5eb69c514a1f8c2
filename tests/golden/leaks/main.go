// Leaks writes the goroutineleak profile of one situation to a file: those that the runtime calls leaked and that are,
// and those that are not.
package main

import (
	"os"
	"runtime"
	"runtime/pprof"
	"time"

	"gvisor.dev/gvisor/pkg/sleep"
)

//go:noinline
func send() {
	results := make(chan int)
	go func() { results <- 1 }()
}

func write(path string, debug int) {
	time.Sleep(100 * time.Millisecond)
	runtime.GC()
	file, err := os.Create(path)
	if err == nil {
		err = pprof.Lookup("goroutineleak").WriteTo(file, debug)
	}
	if err != nil {
		panic(err)
	}
	_ = file.Close()
}

func main() {
	path := os.Args[2]
	switch os.Args[1] {
	case "leaked":
		for range 7 {
			send()
		}
		write(path, 0)
	case "main-in-select":
		go func() { write(path, 0); os.Exit(0) }()
		select {}
	case "gvisor":
		for range 5 {
			go func() { (&sleep.Sleeper{}).Fetch(true) }()
		}
		write(path, 0)
	}
}
