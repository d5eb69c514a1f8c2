package main

import (
	"reflect"
	"sync"
	"time"
)

var (
	empty   = make(chan int)
	nothing chan int
)

func init() {
	add("chan-receive", func() { go receiveOne(empty) })
	add("chan-receive-ok", func() { go receiveOk(empty) })
	add("chan-range", func() { go receiveRange(empty) })
	add("chan-receive-nil", func() { go receiveNil() })
	add("chan-send", func() { go sendOne(make(chan int)) })
	add("chan-send-nil", func() { go sendNil() })
	add("chan-send-full", func() { go fill(make(chan int, 3)) })
	add("select", func() { go selectTwo(empty, empty) })
	add("select-send", func() { go selectSend(make(chan int), empty) })
	add("select-none", func() { go selectNone() })
	add("select-one", func() { go selectOne(empty) })
	add("select-reflect", func() { go selectReflect() })
	add("receive-reflect", func() { go receiveReflect() })
	add("mutex", startMutex)
	add("mutex-embedded", startEmbeddedMutex)
	add("rwmutex-rlock", startRLock)
	add("rwmutex-lock", startRWLock)
	add("rwmutex-lock-behind-writer", startWriterBehindWriter)
	add("rwmutex-rlocker", startRLocker)
	add("wait-group", startWaitGroup)
	add("cond", startCond)
	add("once", startOnce)
	add("once-func", startOnceFunc)
	add("sync-map", startSyncMap)
	add("sleep", func() { go sleepLong(time.Hour) })
	add("timer", func() { go waitTimer(time.NewTimer(time.Hour)) })
	add("ticker", func() { go waitTicker(time.NewTicker(time.Hour)) })
	add("after", func() { go waitAfter() })
	add("after-func", startAfterFunc)
	add("many", func() {
		for i := 0; i < 20; i++ {
			go receiveMany(empty)
		}
	})
	add("deep", func() { go descend(300) })
	add("deferred", func() { go parkInDefer() })
	add("panicking", func() { go parkInPanic() })
	add("map-key", func() { go parkInSort() })
}

func receiveOne(c chan int) { <-c }

func receiveOk(c chan int) { _, ok := <-c; _ = ok }

func receiveRange(c chan int) {
	for range c {
		time.Sleep(1)
	}
}

func receiveMany(c chan int) { <-c }
func receiveNil()            { <-nothing }
func sendOne(c chan int)     { c <- 1 }
func sendNil()               { nothing <- 1 }

func fill(c chan int) {
	for i := 0; ; i++ {
		c <- i
	}
}

func selectTwo(a, b chan int) {
	select {
	case <-a:
	case <-b:
	}
}

func selectSend(a, b chan int) {
	select {
	case a <- 1:
	case <-b:
	}
}

func selectNone() { select {} }

func selectOne(a chan int) {
	select {
	case <-a:
	}
}

func selectReflect() {
	reflect.Select([]reflect.SelectCase{
		{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(empty)},
		{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(make(chan int))},
	})
}

func receiveReflect() { reflect.ValueOf(empty).Recv() }

func startMutex() {
	var mu sync.Mutex
	mu.Lock()
	go lockMutex(&mu)
}

func lockMutex(mu *sync.Mutex) {
	mu.Lock()
	mu.Unlock()
}

type account struct {
	sync.Mutex
	balance int
}

func startEmbeddedMutex() {
	a := &account{}
	a.Lock()
	go a.deposit(1)
}

func (a *account) deposit(n int) {
	a.Lock()
	defer a.Unlock()
	a.balance += n
}

func startRLock() {
	mu := new(sync.RWMutex)
	mu.Lock()
	go readLock(mu)
}

func readLock(mu *sync.RWMutex) {
	mu.RLock()
	mu.RUnlock()
}

func startRWLock() {
	mu := new(sync.RWMutex)
	mu.RLock()
	go writeLock(mu)
}

func writeLock(mu *sync.RWMutex) {
	mu.Lock()
	mu.Unlock()
}

func startWriterBehindWriter() {
	mu := new(sync.RWMutex)
	mu.Lock()
	go writeLockSecond(mu)
}

func writeLockSecond(mu *sync.RWMutex) {
	mu.Lock()
	mu.Unlock()
}

func startRLocker() {
	mu := new(sync.RWMutex)
	mu.Lock()
	go lockLocker(mu.RLocker())
}

func lockLocker(l sync.Locker) {
	l.Lock()
	l.Unlock()
}

func startWaitGroup() {
	var wg sync.WaitGroup
	wg.Add(1)
	go waitGroup(&wg)
}

func waitGroup(wg *sync.WaitGroup) { wg.Wait() }

func startCond() {
	cond := sync.NewCond(new(sync.Mutex))
	go waitCond(cond)
}

func waitCond(c *sync.Cond) {
	c.L.Lock()
	c.Wait()
	c.L.Unlock()
}

func startOnce() {
	var once sync.Once
	go onceFirst(&once)
	time.Sleep(50 * time.Millisecond)
	go onceSecond(&once)
}

func onceFirst(once *sync.Once)  { once.Do(func() { <-empty }) }
func onceSecond(once *sync.Once) { once.Do(func() { <-empty }) }

func startOnceFunc() {
	f := sync.OnceFunc(func() { <-empty })
	go callOnce(f)
	v := sync.OnceValue(func() int { return <-empty })
	go callValue(v)
}

func callOnce(f func())      { f() }
func callValue(f func() int) { _ = f() }

func startSyncMap() {
	m := &sync.Map{}
	m.Store(1, 1)
	go rangeMap(m)
}

func rangeMap(m *sync.Map) {
	m.Range(func(k, v any) bool { <-empty; return true })
}

func sleepLong(d time.Duration) { time.Sleep(d) }
func waitTimer(t *time.Timer)   { <-t.C }

func waitTicker(t *time.Ticker) {
	for range t.C {
	}
}

func waitAfter() {
	select {
	case <-time.After(time.Hour):
	case <-empty:
	}
}

func startAfterFunc() {
	time.AfterFunc(time.Millisecond, func() { <-empty })
	time.AfterFunc(time.Millisecond, afterNamed)
}

func afterNamed() { <-empty }

//go:noinline
func descend(n int) int {
	if n == 0 {
		return <-empty
	}
	return descend(n-1) + 1
}

func parkInDefer() {
	defer func() { <-empty }()
	defer receiveOne(empty)
}

func parkInPanic() {
	defer func() {
		<-empty
		recover()
	}()
	var broken []int
	_ = broken[len(cases)]
}
