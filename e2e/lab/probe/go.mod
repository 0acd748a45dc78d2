module gofleet.dev/e2e/probe

go 1.21
