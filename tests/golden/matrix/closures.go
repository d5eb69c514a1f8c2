package main

import (
	"context"
	"sort"
	"strings"
	"sync"

	"example.com/leakstream/matrix/lib"
)

type worker struct{ in chan int }

func (w *worker) run()       { <-w.in }
func (w worker) runByValue() { <-w.in }

func (w *worker) handle() func() { return func() { <-w.in } }
func (w worker) serve() func()   { return func() { w.in <- 1 } }

func (w *worker) loop() {
	go func() {
		for {
			<-w.in
		}
	}()
}

type runner interface{ run() }

type boss struct{ *worker }
type chief struct{ runner }

func handler(c chan int) func() { return func() { <-c } }

func nestedHandler(c chan int) func() func() {
	return func() func() { return func() { c <- 1 } }
}

func middleware(next func()) func() { return func() { next() } }

func spawn(f func()) { go f() }

func pair(c chan int) (func(), func()) {
	return func() { <-c }, func() { c <- 1 }
}

var packageLevel = func() { <-empty }

var packageLevelNested = func() func() { return func() { make(chan int) <- 1 } }

func init() {
	w := &worker{make(chan int)}
	add("closure", func() { go func() { <-empty }() })
	add("closure-nested", startNested)
	add("closure-nested-goroutines", startNestedGoroutines)
	add("closure-inlined", func() { spawn(handler(empty)) })
	add("closure-inlined-nested", func() { spawn(nestedHandler(make(chan int))()) })
	add("closure-inlined-method", func() { spawn(w.handle()) })
	add("closure-inlined-value-method", func() { spawn(w.serve()) })
	add("closure-inlined-middleware", func() { spawn(middleware(handler(empty))) })
	add("closure-inlined-package", func() { spawn(lib.Handler(empty)) })
	add("closure-inlined-package-method", func() { s := &lib.Server{In: empty}; spawn(s.Handle()) })
	add("closure-inlined-package-generic", func() { spawn(lib.Generic(make(chan string))) })
	add("closure-inlined-package-nested", func() { spawn(lib.Outer(empty)) })
	add("closure-pair", startPair)
	add("closure-method", func() { w.loop() })
	add("closure-package-level", func() { go packageLevel() })
	add("closure-package-level-nested", func() { go packageLevelNested()() })
	add("closure-argument", func() { go lib.Call(func() { <-empty }) })
	add("closure-sort", func() { go sortParked() })
	add("closure-map", func() { go mapParked() })
	add("closure-siblings", startSiblings)
	add("closure-arguments", startArguments)
	add("method", func() { go w.run() })
	add("method-value", func() { spawn(w.run) })
	add("method-by-value", func() { v := *w; spawn(v.runByValue) })
	add("method-expression", func() { f := (*worker).run; go f(w) })
	add("method-interface", func() { var r runner = w; go r.run() })
	add("method-interface-value", func() { var r runner = w; spawn(r.run) })
	add("method-embedded", func() { b := boss{w}; go b.run() })
	add("method-embedded-value", func() { b := &boss{w}; spawn(b.run) })
	add("method-embedded-interface", func() { c := chief{w}; go c.run() })
	add("method-embedded-interface-value", func() { var r runner = chief{w}; spawn(r.run) })
	add("method-pointer-wrapper", func() { var r interface{ runByValue() } = w; go r.runByValue() })
	add("closure-defer", func() { go deferClosure() })
	add("context", startContext)
	add("lib-start", func() { lib.Start(empty) })
}

func startNested() {
	go func() {
		func() {
			func() { <-empty }()
		}()
	}()
}

func startNestedGoroutines() {
	go func() {
		go func() {
			go func() { make(chan int) <- 1 }()
			<-empty
		}()
		select {}
	}()
}

func startSiblings() {
	go func() { <-empty }()
	go func() { <-nothing }()
	go func() { make(chan int) <- 1 }()
}

func startArguments() {
	for i := 0; i < 2; i++ {
		go func(n int, c chan int) {
			c <- n
		}(i, make(chan int))
	}
}

func startPair() {
	a, b := pair(make(chan int))
	spawn(a)
	_ = b
}

func sortParked() {
	values := []int{2, 1}
	sort.Slice(values, func(i, j int) bool { <-empty; return i < j })
}

func parkInSort() {
	sort.Sort(parking{1, 2, 3})
}

type parking []int

func (p parking) Len() int           { return len(p) }
func (p parking) Less(i, j int) bool { <-empty; return p[i] < p[j] }
func (p parking) Swap(i, j int)      { p[i], p[j] = p[j], p[i] }

func mapParked() {
	strings.Map(func(r rune) rune { <-empty; return r }, "x")
}

func deferClosure() {
	defer func() {
		defer func() { <-empty }()
	}()
}

type ownContext struct{ context.Context }

func (ownContext) Done() <-chan struct{} { return make(chan struct{}) }

func startContext() {
	ctx, cancel := context.WithCancel(ownContext{context.Background()})
	_ = cancel
	go waitContext(ctx)
	context.AfterFunc(canceled(), func() { <-empty })
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func waitContext(ctx context.Context) { <-ctx.Done() }

// warm is what the profile for profile-guided optimisation sees.
func warm() {
	c := make(chan int, 1)
	w := &worker{c}
	var group sync.WaitGroup
	for i := 0; i < 100; i++ {
		for _, f := range []func(){handler(c), w.handle(), w.run, lib.Handler(c), middleware(handler(c))} {
			c <- 1
			lib.Call(f)
		}
		first, second := pair(c)
		second()
		first()
		group.Add(1)
		spawn(group.Done)
	}
	group.Wait()
	warmGenerics()
}
