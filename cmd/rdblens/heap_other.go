//go:build !linux

package main

const hugePages = false

func adviseHugePages([]byte) {}
