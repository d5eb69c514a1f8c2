package main

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

func init() {
	add("http1", startHTTP1)
	add("http1-body-open", startBodyOpen)
	add("http2", startHTTP2)
	add("http-handler-in-handler", startStuckHandler)
	add("tcp-read", startTCP)
	add("tcp-accept", func() { go accept(listen()) })
	add("udp-read", startUDP)
	add("pipe", startPipe)
	add("io-pipe", startIOPipe)
	add("syscall", startSyscall)
	add("signal", func() { signal.Notify(make(chan os.Signal, 1), syscall.SIGUSR1) })
	add("exec", startExec)
}

func stuck(http.ResponseWriter, *http.Request) { <-empty }

func slowBody(w http.ResponseWriter, _ *http.Request) {
	w.(http.Flusher).Flush()
	<-empty
}

func startHTTP1() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "x") }))
	answer, err := (&http.Client{Transport: &http.Transport{}}).Get(server.URL)
	if err == nil {
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
	go get(&http.Client{Transport: &http.Transport{}}, httptest.NewServer(http.HandlerFunc(stuck)).URL)
}

func get(client *http.Client, url string) {
	if answer, err := client.Get(url); err == nil {
		io.Copy(io.Discard, answer.Body)
	}
}

func startBodyOpen() {
	server := httptest.NewServer(http.HandlerFunc(slowBody))
	(&http.Client{Transport: &http.Transport{}}).Get(server.URL)
}

func startHTTP2() {
	server := httptest.NewUnstartedServer(http.HandlerFunc(stuck))
	server.EnableHTTP2 = true
	server.StartTLS()
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}
	go get(&http.Client{Transport: transport}, server.URL)
	quick := httptest.NewUnstartedServer(http.HandlerFunc(slowBody))
	quick.EnableHTTP2 = true
	quick.StartTLS()
	transport = &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}
	go get(&http.Client{Transport: transport}, quick.URL)
}

type router struct{ mux *http.ServeMux }

func (r *router) ServeHTTP(w http.ResponseWriter, q *http.Request) { r.mux.ServeHTTP(w, q) }

func logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(w, r) })
}

func startStuckHandler() {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) { <-empty })
	server := httptest.NewServer(logged(&router{mux}))
	go get(&http.Client{Transport: &http.Transport{}}, server.URL)
}

func listen() net.Listener {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	return listener
}

func accept(listener net.Listener) { listener.Accept() }

func startTCP() {
	listener := listen()
	go accept(listener)
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		panic(err)
	}
	go readLine(conn)
}

func readLine(conn net.Conn) { bufio.NewReader(conn).ReadString('\n') }

func startUDP() {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go readPacket(conn)
}

func readPacket(conn net.PacketConn) { conn.ReadFrom(make([]byte, 9)) }

func startPipe() {
	r, _, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	go readFile(r)
}

func readFile(file *os.File) { file.Read(make([]byte, 1)) }

func startIOPipe() {
	r, w := io.Pipe()
	go io.ReadAll(r)
	_, v := io.Pipe()
	go writePipe(v)
	_ = w
}

func writePipe(w io.Writer) { w.Write([]byte("x")) }

func startSyscall() {
	var fds [2]int
	if err := syscall.Pipe(fds[:]); err != nil {
		panic(err)
	}
	go readDescriptor(fds[0])
}

func readDescriptor(fd int) { syscall.Read(fd, make([]byte, 1)) }

func startExec() {
	command := exec.Command("cat")
	r, w := io.Pipe()
	command.Stdin = r
	command.Stdout = new(discard)
	_ = w
	if err := command.Start(); err == nil {
		go waitCommand(command)
	}
}

func waitCommand(command *exec.Cmd) { command.Wait() }

type discard struct{}

func (*discard) Write(p []byte) (int, error) { return len(p), nil }
