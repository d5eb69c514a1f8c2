"""The frames that Go's own packages put into stacks, leaf first, as Go 1.23 to 1.27 write them in debug=0."""

GO_NEW_SYNC = 24
"""Go 1.24 moved the slow path of Mutex into internal/sync, and gave WaitGroup a wait reason of its own."""
GO_NEW_HTTP2 = 27
"""Go 1.27 moved HTTP/2 out of net/http, and renamed closures in inlined functions."""

RECEIVE = ("runtime.gopark", "runtime.chanrecv", "runtime.chanrecv1")
RANGE = ("runtime.gopark", "runtime.chanrecv", "runtime.chanrecv2")
SEND = ("runtime.gopark", "runtime.chansend", "runtime.chansend1")
SELECT = ("runtime.gopark", "runtime.selectgo")
BLOCK = ("runtime.gopark", "runtime.block")
SLEEP = ("runtime.gopark", "time.Sleep")
COND = ("runtime.gopark", "runtime.goparkunlock", "sync.runtime_notifyListWait", "sync.(*Cond).Wait")
RLOCK = (
    "runtime.gopark",
    "runtime.goparkunlock",
    "runtime.semacquire1",
    "sync.runtime_SemacquireRWMutexR",
    "sync.(*RWMutex).RLock",
)
POLL = (
    "runtime.gopark",
    "runtime.netpollblock",
    "internal/poll.runtime_pollWait",
    "internal/poll.(*pollDesc).wait",
    "internal/poll.(*pollDesc).waitRead",
)
READ = (*POLL, "internal/poll.(*FD).Read", "net.(*netFD).Read", "net.(*conn).Read")
ACCEPT = (
    *POLL,
    "internal/poll.(*FD).Accept",
    "net.(*netFD).accept",
    "net.(*TCPListener).accept",
    "net.(*TCPListener).Accept",
)
BUFFERED = ("bufio.(*Reader).fill", "bufio.(*Reader).Peek")

SERVE = (
    "net/http.HandlerFunc.ServeHTTP",
    "net/http.(*ServeMux).ServeHTTP",
    "net/http.serverHandler.ServeHTTP",
    "net/http.(*conn).serve",
)
IDLE_CONNECTION = (*READ, "net/http.(*connReader).Read", *BUFFERED, "net/http.(*conn).serve")
BACKGROUND_READ = (*READ, "net/http.(*connReader).backgroundRead")
ACCEPT_LOOP = (*ACCEPT, "net/http.(*Server).Serve", "net/http.(*Server).ListenAndServe")
CLIENT_READ = (*READ, "net/http.(*persistConn).Read", *BUFFERED, "net/http.(*persistConn).readLoop")
CLIENT_READ_BUSY = (*SELECT, "net/http.(*persistConn).readLoop")
CLIENT_WRITE = (*SELECT, "net/http.(*persistConn).writeLoop")
ROUND_TRIP = (
    *SELECT,
    "net/http.(*persistConn).roundTrip",
    "net/http.(*Transport).roundTrip",
    "net/http.(*Transport).RoundTrip",
    "net/http.send",
    "net/http.(*Client).send",
    "net/http.(*Client).do",
    "net/http.(*Client).Do",
)
SIGNALS = ("runtime.notetsleepg", "os/signal.signal_recv", "os/signal.loop")
SQL_OPENER = (*SELECT, "database/sql.(*DB).connectionOpener")
MYSQL_WATCHER = (*SELECT, "github.com/go-sql-driver/mysql.(*mysqlConn).startWatcher.func1")
SCRAPED = (
    "runtime.goroutineProfileWithLabels",
    "runtime.pprof_goroutineProfileWithLabels",
    "runtime/pprof.writeRuntimeProfile",
    "runtime/pprof.writeGoroutine",
    "runtime/pprof.(*Profile).WriteTo",
    "net/http/pprof.handler.ServeHTTP",
    "net/http/pprof.Index",
    *SERVE,
)

_GRPC = "google.golang.org/grpc/internal/transport."
GRPC_SERVER = (
    (
        *READ,
        "bufio.(*Reader).Read",
        "io.ReadAtLeast",
        "io.ReadFull",
        "golang.org/x/net/http2.readFrameHeader",
        "golang.org/x/net/http2.(*Framer).ReadFrame",
        f"{_GRPC}(*http2Server).HandleStreams",
        "google.golang.org/grpc.(*Server).serveStreams",
        "google.golang.org/grpc.(*Server).handleRawConn.func1",
    ),
    (
        *SELECT,
        f"{_GRPC}(*controlBuffer).get",
        f"{_GRPC}(*loopyWriter).run",
        f"{_GRPC}NewServerTransport.func2",
    ),
    (*SELECT, f"{_GRPC}(*http2Server).keepalive"),
)
GRPC_CLIENT = (
    (
        *READ,
        "bufio.(*Reader).Read",
        "io.ReadAtLeast",
        "io.ReadFull",
        "golang.org/x/net/http2.readFrameHeader",
        "golang.org/x/net/http2.(*Framer).ReadFrame",
        f"{_GRPC}(*http2Client).reader",
    ),
    (*SELECT, f"{_GRPC}(*controlBuffer).get", f"{_GRPC}(*loopyWriter).run", f"{_GRPC}newHTTP2Client.func6"),
    (*SELECT, "google.golang.org/grpc/internal/grpcsync.(*CallbackSerializer).run"),
)


def mutex(go_minor: int) -> tuple[str, ...]:
    """Give what a goroutine that waits for a Mutex shows under Go 1.`go_minor`."""
    package = "internal/sync" if go_minor >= GO_NEW_SYNC else "sync"
    slow = (f"{package}.runtime_SemacquireMutex", f"{package}.(*Mutex).lockSlow")
    moved = (f"{package}.(*Mutex).Lock",) if go_minor >= GO_NEW_SYNC else ()
    return ("runtime.gopark", "runtime.goparkunlock", "runtime.semacquire1", *slow, *moved, "sync.(*Mutex).Lock")


def wait_group(go_minor: int) -> tuple[str, ...]:
    """Give what a goroutine in WaitGroup.Wait shows under Go 1.`go_minor`."""
    acquire = "sync.runtime_SemacquireWaitGroup" if go_minor >= GO_NEW_SYNC else "sync.runtime_Semacquire"
    return ("runtime.gopark", "runtime.goparkunlock", "runtime.semacquire1", acquire, "sync.(*WaitGroup).Wait")


def http2_server(go_minor: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the two stacks of an accepted HTTP/2 connection under Go 1.`go_minor`: its loop, its reader."""
    new = go_minor >= GO_NEW_HTTP2
    package, prefix = ("net/http/internal/http2.", "") if new else ("net/http.", "http2")
    loop = (f"{package}(*{prefix}serverConn).serve", f"{package}(*{prefix}Server).ServeConn", "net/http.(*conn).serve")
    header = f"{package}{prefix}readFrameHeader" if new else "net/http.http2readFrameHeader"
    reading = (header, f"{package}(*{prefix}Framer).ReadFrame", f"{package}(*{prefix}serverConn).readFrames")
    return (*SELECT, *loop), (*READ, "crypto/tls.(*Conn).Read", "io.ReadAtLeast", "io.ReadFull", *reading)
