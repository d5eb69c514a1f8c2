//go:build go1.23

package main

// Before Go 1.23 the debug=0 profile keeps 32 frames only; the case `deep` stands for that.
func init() {
	add("deep-50", func() { go descendSome(50) })
	add("deep-90", func() { go descendMore(90) })
}

//go:noinline
func descendSome(n int) int {
	if n == 0 {
		return <-empty
	}
	return descendSome(n-1) + 1
}

//go:noinline
func descendMore(n int) int {
	if n == 0 {
		return <-empty
	}
	return descendMore(n-1) + 1
}
