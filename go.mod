module github.com/rdblens/rdblens

go 1.26
