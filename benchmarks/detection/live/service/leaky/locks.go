package leaky

import (
	"context"
	"sync"

	"example.com/live/world"
)

// WaitGroupMisuse (20) counts three helpers, of which one leaves without being counted off.
func WaitGroupMisuse(_ context.Context, w *world.World) error {
	var helpers sync.WaitGroup
	helpers.Add(3)
	for number := range 3 {
		go func() {
			if number == 0 && w.Refuse("part") != nil {
				return
			}
			w.Use(w.Work("part"))
			helpers.Done()
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

// MissingUnlock (21) leaves the lock behind on its error path: from then on every handler that wants it stays.
func MissingUnlock(_ context.Context, w *world.World) error {
	balance.Lock()
	if err := w.Refuse("payment"); err != nil {
		return err
	}
	balance.value++
	balance.Unlock()
	return nil
}

var stock, shelf sync.Mutex

// LockOrder (22) takes two locks in both orders. The first call may already lock itself up; whoever comes later joins.
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
	shelf.Lock()
	defer shelf.Unlock()
	w.Work("count")
	stock.Lock()
	defer stock.Unlock()
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
	j.Lock()
	defer j.Unlock()
	for range 3 {
		j.entries <- w.Work("entry") // the reader waits for the lock that is held here
	}
}

var journal = sync.OnceValue(newJournal)

// LockAcrossSend (23) holds a lock while it sends to a reader that needs the lock: one is stuck, then all who come.
func LockAcrossSend(_ context.Context, w *world.World) error {
	go journal().write(w)
	return nil
}

// MissedSignal (24) signals before anybody waits.
func MissedSignal(_ context.Context, w *world.World) error {
	ready := sync.NewCond(&sync.Mutex{})
	ready.Signal()
	go waitReady(ready, w)
	return nil
}

func waitReady(ready *sync.Cond, w *world.World) {
	ready.L.Lock()
	defer ready.L.Unlock()
	ready.Wait()
	w.Use("ready")
}
