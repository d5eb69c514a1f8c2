package fixed

import (
	"context"
	"sync"

	"example.com/live/world"
)

// WaitGroupMisuse (20): each helper counts itself off however it ends.
func WaitGroupMisuse(_ context.Context, w *world.World) error {
	var helpers sync.WaitGroup
	helpers.Add(3)
	for number := range 3 {
		go func() {
			defer helpers.Done()
			if number == 0 && w.Refuse("part") != nil {
				return
			}
			w.Use(w.Work("part"))
		}()
	}
	go closeAfter(&helpers, w)
	return nil
}

func closeAfter(helpers *sync.WaitGroup, w *world.World) {
	helpers.Wait()
	w.Use("closed")
}

var balance struct {
	sync.Mutex
	value int
}

// MissingUnlock (21): the lock is given back on every path.
func MissingUnlock(_ context.Context, w *world.World) error {
	balance.Lock()
	defer balance.Unlock()
	if err := w.Refuse("payment"); err != nil {
		return err
	}
	balance.value++
	return nil
}

var stock, shelf sync.Mutex

// LockOrder (22): both take the locks in one order.
func LockOrder(_ context.Context, w *world.World) error {
	go moveOut(w)
	go moveBack(w)
	return nil
}

func moveOut(w *world.World) {
	stock.Lock()
	defer stock.Unlock()
	w.Work("count")
	shelf.Lock()
	defer shelf.Unlock()
	w.Use("moved out")
}

func moveBack(w *world.World) {
	stock.Lock()
	defer stock.Unlock()
	w.Work("count")
	shelf.Lock()
	defer shelf.Unlock()
	w.Use("moved back")
}

// Journal hands what is written to one reader, which asks for the lock too.
type Journal struct {
	sync.Mutex
	entries chan string
	kept    []string
}

// newJournal starts its reader.
func newJournal() *Journal {
	j := &Journal{entries: make(chan string)}
	go j.keep()
	return j
}

func (j *Journal) keep() {
	for {
		j.Lock()
		j.kept = j.kept[:0]
		j.Unlock()
		j.kept = append(j.kept, <-j.entries)
	}
}

func (j *Journal) write(w *world.World) {
	for range 3 {
		j.Lock()
		entry := w.Work("entry")
		j.Unlock()
		j.entries <- entry
	}
}

var journal = sync.OnceValue(newJournal)

// LockAcrossSend (23): the lock is given back before the send.
func LockAcrossSend(_ context.Context, w *world.World) error {
	go journal().write(w)
	return nil
}

// MissedSignal (24): it waits for what the signal means, and not for the signal.
func MissedSignal(_ context.Context, w *world.World) error {
	ready, done := sync.NewCond(&sync.Mutex{}), true
	ready.Signal()
	go waitReady(ready, &done, w)
	return nil
}

func waitReady(ready *sync.Cond, done *bool, w *world.World) {
	ready.L.Lock()
	defer ready.L.Unlock()
	for !*done {
		ready.Wait()
	}
	w.Use("ready")
}
