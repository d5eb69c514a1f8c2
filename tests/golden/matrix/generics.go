package main

import (
	"cmp"
	"slices"
)

type pool[T any] struct{ in chan T }

func (p *pool[T]) run()           { <-p.in }
func (p *pool[T]) handle() func() { return func() { <-p.in } }
func (p *pool[T]) start()         { go func() { <-p.in }() }

type tree[K cmp.Ordered, V any] struct {
	left  *tree[K, V]
	value V
	park  chan V
}

func (t *tree[K, V]) walk() {
	if t.left != nil {
		t.left.walk()
		return
	}
	<-t.park
}

func apply[T, U any](v T, f func(T) U) U { return f(v) }

func receiveGeneric[T any](c chan T) { <-c }

func genericHandler[T any](c chan T) func() { return func() { <-c } }

type shape struct {
	A []int
	B map[string]struct{ C [3]int }
}

func init() {
	add("generic-function", func() { go receiveGeneric(make(chan string)) })
	add("generic-struct-argument", func() { go receiveShape(make(chan shape)) })
	add("generic-method", func() { p := &pool[int]{make(chan int)}; go p.run() })
	add("generic-method-value", func() { p := &pool[shape]{make(chan shape)}; spawn(p.run) })
	add("generic-closure", func() { p := &pool[string]{make(chan string)}; p.start() })
	add("generic-closure-inlined", func() { p := &pool[*shape]{make(chan *shape)}; spawn(p.handle()) })
	add("generic-function-closure", func() { spawn(genericHandler(make(chan func(int) string))) })
	add("generic-tree", func() {
		t := &tree[string, []byte]{park: make(chan []byte)}
		go (&tree[string, []byte]{left: t}).walk()
	})
	add("generic-apply", func() { go applyParked() })
	add("generic-slices", func() { go slicesParked() })
}

func receiveShape(c chan shape) { receiveGeneric(c) }

func applyParked() {
	apply(empty, func(c chan int) string { <-c; return "" })
}

func slicesParked() {
	slices.SortFunc([]int{2, 1}, func(a, b int) int { <-empty; return cmp.Compare(a, b) })
}

func warmGenerics() {
	for i := 0; i < 100; i++ {
		p := &pool[int]{make(chan int, 1)}
		p.in <- 1
		p.handle()()
		apply(i, func(n int) int { return n })
	}
}
