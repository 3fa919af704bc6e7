module github.com/rdblens/rdblens/cmd/e2e

go 1.26.0
