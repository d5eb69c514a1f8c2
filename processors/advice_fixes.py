"""What mends a leak: Go code for each pattern of the catalogue, ready to be pasted and adapted.

Rule 1: a fix is gofmt-formed, names what to change in a comment, and needs nothing outside the standard library and
`golang.org/x/sync`.
"""


def _go(text: str) -> str:
    """Indent with tabs, as gofmt does."""
    return text.lstrip("\n").replace("    ", "\t")


STOP_ITERATOR = _go("""
next, stop := iter.Pull(sequence)
defer stop() // also when the loop ends early
""")

CANCEL_STREAM = _go("""
ctx, cancel := context.WithCancel(ctx)
defer cancel() // ends the stream on every way out
stream, err := client.Watch(ctx, request)
// or: call stream.Recv() until it gives io.EOF or an error
""")

SHARE_GRPC = _go("""
// once, at start
conn, err := grpc.NewClient(address, options...)
defer conn.Close() // when the program ends
// share conn: it is safe for many goroutines and reconnects by itself
""")

SHARE_DB = _go("""
// once, at start: a *sql.DB is a pool
db, err := sql.Open(driver, dsn)
defer db.Close()
// per query
rows, err := db.QueryContext(ctx, query)
defer rows.Close()
""")

CLOSE_ROWS = _go("""
rows, err := db.QueryContext(ctx, query)
if err != nil {
    return err
}
defer rows.Close()
// for a transaction: defer tx.Rollback() right after BeginTx
""")

WAIT_DELAY = _go("""
cmd := exec.CommandContext(ctx, name, args...)
cmd.WaitDelay = 5 * time.Second // stop copying after the exit
cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) } // the whole group
""")

CLOSE_PIPE = _go("""
r, w := io.Pipe()
go func() { w.CloseWithError(produce(w)) }()
defer r.CloseWithError(io.ErrClosedPipe) // frees the writer when the reader leaves early
""")

SHARE_CLIENT = _go("""
// once: share the client, it is safe for many goroutines
var client = &http.Client{
    Transport: &http.Transport{IdleConnTimeout: 90 * time.Second, MaxIdleConnsPerHost: 16},
    Timeout:   10 * time.Second,
}
""")

CLOSE_BODY = _go("""
resp, err := client.Do(req)
if err != nil {
    return err
}
defer resp.Body.Close()
_, err = io.Copy(io.Discard, resp.Body) // drain it, and the connection is reused
""")

CALL_TIMEOUT = _go("""
ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
defer cancel()
req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
// and as a last resort for every call: http.Client{Timeout: 30 * time.Second}
""")

CANCEL = _go("""
ctx, cancel := context.WithCancel(parent)
defer cancel() // on every way out; `go vet -lostcancel` finds it
""")

CALLBACK = _go("""
time.AfterFunc(delay, func() {
    select {
    case out <- event:
    default: // nobody listens: never block in a callback
    }
})
""")

MAKE_CHANNEL = _go("""
// make it where the value is built, before any goroutine starts
return &Server{events: make(chan Event, 16)}
""")

WAIT_FOR_DONE = _go("""
<-ctx.Done() // instead of select {}
return ctx.Err()
""")

WAIT_GROUP = _go("""
var group sync.WaitGroup
group.Go(func() { work() }) // Go 1.25; before: Add(1), then `defer group.Done()` first thing in the goroutine
group.Wait()
""")

LOCK_ORDER = _go("""
// take several locks in one order everywhere, and never RLock twice on one way:
c.mu.RLock()
value := c.valueLocked() // a variant that expects the lock to be held
c.mu.RUnlock()
""")

DEFER_UNLOCK = _go("""
c.mu.Lock()
defer c.mu.Unlock() // on every way out, also when it panics
""")

UNLOCK_FIRST = _go("""
c.mu.Lock()
event := c.next
c.mu.Unlock() // release before anything that can block
out <- event
""")

BROADCAST = _go("""
mu.Lock()
for !ready { // a loop on the condition, never a bare Wait
    cond.Wait()
}
mu.Unlock()
// on the other side: mu.Lock(); ready = true; mu.Unlock(); cond.Broadcast()
""")

BOUND_HANDLER = _go("""
// look at the stacks under net/http.(*conn).serve that grow beside this one, and bound the handler
ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
defer cancel()
""")

SERVER_TIMEOUTS = _go("""
server := &http.Server{
    Handler:           handler,
    ReadHeaderTimeout: 5 * time.Second,
    ReadTimeout:       30 * time.Second,
    IdleTimeout:       2 * time.Minute,
}
""")

HANDLER_TIMEOUT = _go("""
ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
defer cancel()
select {
case result := <-results: // make results with a buffer of 1
    write(w, result)
case <-ctx.Done():
    http.Error(w, "timed out", http.StatusGatewayTimeout)
}
""")

DEADLINE = _go("""
if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
    return err
}
// renew it before each read or write
""")

BUFFER_OR_LEAVE = _go("""
results := make(chan Result, 1) // room for the one result, so the sender never waits
go func() { results <- work(ctx) }()
select {
case result := <-results:
    return result, nil
case <-ctx.Done():
    return Result{}, ctx.Err()
}
""")

BUFFER_FOR_ALL = _go("""
results := make(chan Result, len(replicas)) // room for every sender
ctx, cancel := context.WithCancel(ctx)
defer cancel() // and the others can stop early
""")

BUFFER_OF_ONE = _go("""
results := make(chan Result, 1) // room for the one result, so the sender never waits
go func() { results <- work() }()
// or, where it sends more than once, let it leave:
select {
case results <- result:
case <-ctx.Done():
    return
}
""")

RETURN_AFTER_SEND = _go("""
if err != nil {
    errs <- err
    return // or it goes on and sends again
}
select {
case results <- result:
case <-ctx.Done(): // the receiver has left
}
""")

TICKER_WITH_DONE = _go("""
go func() {
    ticker := time.NewTicker(interval)
    defer ticker.Stop()
    for {
        select {
        case <-ctx.Done():
            return
        case <-ticker.C:
            refresh()
        }
    }
}()
""")

SLEEP_WITH_DONE = _go("""
for {
    select {
    case <-ctx.Done():
        return
    case <-time.After(interval):
        refresh()
    }
}
// or start it once for the whole program
""")

STOP = _go("""
worker := NewWorker()
worker.Start()
defer worker.Stop() // or let the loop end with a context:
go worker.run(ctx) // for { select { case <-ctx.Done(): return; case job := <-jobs: … } }
""")

ADD_DONE = _go("""
select {
case event := <-events:
    handle(event)
case <-ctx.Done(): // the missing case
    return
}
""")

CLOSE_JOBS = _go("""
go func() {
    defer close(jobs) // ends every `for job := range jobs`
    for _, job := range all {
        jobs <- job
    }
}()
""")

CLOSE_RESULTS = _go("""
go func() {
    defer close(results) // the receiver wakes on every way out
    results <- work()
}()
result, ok := <-results // ok is false when it was closed without a result
""")

GENERAL = _go("""
// give every goroutine a way to end, and know who waits for it
group, ctx := errgroup.WithContext(ctx)
group.Go(func() error { return work(ctx) })
return group.Wait()
""")
