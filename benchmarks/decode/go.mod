module example.com/decode

go 1.24

require (
	github.com/cespare/xxhash/v2 v2.3.0
	github.com/google/pprof v0.0.0-20250403155104-27863c87afa6
)
