//go:build !amd64 || purego

package parser

func prefetchKeys(*Key, int)         {}
func prefetchElements(*Element, int) {}
func prefetchNames(*Key, int)        {}
