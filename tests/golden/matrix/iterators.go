//go:build go1.23

package main

import (
	"iter"
	"maps"
	"slices"
)

func count(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; i < n; i++ {
			if !yield(i) {
				return
			}
		}
	}
}

func parkInside(yield func(int) bool) {
	<-empty
	yield(1)
}

func init() {
	add("iter-range-body", func() { go rangeBody() })
	add("iter-range-nested", func() { go rangeNested() })
	add("iter-producer", func() { go rangeProducer() })
	add("iter-pull", startPull)
	add("iter-collect", func() { go collect() })
	add("iter-maps", func() { go rangeMaps() })
	add("iter-closure-in-body", func() { go closureInBody() })
}

func rangeBody() {
	for range count(3) {
		<-empty
	}
}

func rangeNested() {
	for range count(3) {
		for range count(2) {
			<-empty
		}
	}
}

func rangeProducer() {
	for range parkInside {
	}
}

func startPull() {
	next, _ := iter.Pull(parkInside)
	go pullNext(next)
	waiting, _ := iter.Pull(count(3))
	waiting()
}

func pullNext(next func() (int, bool)) { next() }

func collect() { slices.Collect(parkInside) }

func rangeMaps() {
	for range maps.Keys(map[int]int{1: 1}) {
		<-empty
	}
}

func closureInBody() {
	for n := range count(1) {
		func() {
			<-empty
			_ = n
		}()
	}
}
