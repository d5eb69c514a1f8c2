// Package lib is code of the same module in another package, for what is inlined across packages.
package lib

type Server struct{ In chan int }

func Handler(c chan int) func() { return func() { <-c } }

func (s *Server) Handle() func() { return func() { <-s.In } }

func Generic[T any](c chan T) func() { return func() { <-c } }

func Outer(c chan int) func() { return inner(c) }

func inner(c chan int) func() { return func() { <-c } }

func Call(f func()) { f() }

func Start(c chan int) {
	go func() { <-c }()
	go run(c)
}

func run(c chan int) { <-c }
