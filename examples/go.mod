module example.com/leakstream-examples

go 1.21
