// Parks goroutines in every way and writes the dumps that the tests read: <out>.debug1.txt, <out>.debug2.txt and, where
// the runtime has the profile, <out>.leaked.txt. Run with -wait 62s, so that the headers name minutes.
package main

import (
	"bytes"
	"context"
	"flag"
	"net"
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"time"
)

type queue[T any] struct{ items chan T }

func (q *queue[T]) work() { <-q.items }

func deep(n int, c chan int) int {
	if n == 0 {
		return <-c
	}
	return deep(n-1, c) + n
}

func send(c chan int) { c <- 1 }
func nap()            { time.Sleep(time.Hour) }
func forever()        { select {} }
func choose(a, b chan int) {
	select {
	case <-a:
	case b <- 1:
	}
}
func lock(m *sync.Mutex)      { m.Lock() }
func read(m *sync.RWMutex)    { m.RLock() }
func write(m *sync.RWMutex)   { m.Lock() }
func group(w *sync.WaitGroup) { w.Wait() }
func accept(l net.Listener)   { l.Accept() }

func pinned(c chan int) {
	runtime.LockOSThread()
	<-c
}

func park() {
	c, never := make(chan int), (chan int)(nil)
	for i := 0; i < 3; i++ {
		go send(make(chan int))
		go func() { func() { <-make(chan int) }() }()
	}
	go func() { <-never }()
	go send(never)
	go choose(c, make(chan int))
	go forever()
	go nap()
	go pinned(c)
	go deep(120, c)
	go (&queue[string]{make(chan string)}).work()
	m, rw, w := new(sync.Mutex), new(sync.RWMutex), new(sync.WaitGroup)
	m.Lock()
	rw.Lock()
	w.Add(1)
	go lock(m)
	go read(rw)
	go write(rw)
	go group(w)
	cond := sync.NewCond(new(sync.Mutex))
	go func() { cond.L.Lock(); cond.Wait() }()
	if l, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		go accept(l)
	}
	for _, tenant := range []string{"acme", `a "quoted", one]:`, "é\x00\xff"} {
		go pprof.Do(context.Background(), pprof.Labels("tenant", tenant, "kind", "job"), func(context.Context) { <-c })
	}
	runtime.KeepAlive(m)
}

func save(name string, profile string, debug int) {
	found := pprof.Lookup(profile)
	if found == nil {
		return
	}
	var text bytes.Buffer
	if err := found.WriteTo(&text, debug); err != nil {
		panic(err)
	}
	if err := os.WriteFile(name, text.Bytes(), 0o644); err != nil {
		panic(err)
	}
}

func main() {
	out := flag.String("out", "parked", "beginning of the names of the files")
	wait := flag.Duration("wait", 0, "how long the goroutines are parked before")
	flag.Parse()
	park()
	time.Sleep(100 * time.Millisecond)
	runtime.GC()
	time.Sleep(*wait)
	save(*out+".debug1.txt", "goroutine", 1)
	save(*out+".debug2.txt", "goroutine", 2)
	save(*out+".leaked1.txt", "goroutineleak", 1)
	save(*out+".leaked2.txt", "goroutineleak", 2)
}
