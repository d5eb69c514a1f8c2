// Package sleep parks goroutines as gVisor's package of this name does: by the runtime's own gopark, with the reason of
// a select.
package sleep

import (
	"unsafe"

	_ "unsafe" // for go:linkname
)

//go:linkname gopark runtime.gopark
func gopark(unlockf func(unsafe.Pointer, unsafe.Pointer) bool, lock unsafe.Pointer, reason uint8, traceReason uint8, skip int)

const waitReasonSelect = 18

// Sleeper waits for wakers that never come.
type Sleeper struct{ waiting uintptr }

// Fetch parks until woken.
func (s *Sleeper) Fetch(block bool) { s.nextWaker(block) }

//go:noinline
func (s *Sleeper) nextWaker(block bool) {
	for block {
		gopark(func(unsafe.Pointer, unsafe.Pointer) bool { return true }, unsafe.Pointer(&s.waiting), waitReasonSelect, 2, 0)
	}
}
