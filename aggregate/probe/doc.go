// Package probe looks at sampled values and turns each into integers: what it
// would take as a hash or compressed, which serializer wrote it, when it was
// last changed. Values are looked at while a dump is read and kept nowhere: a
// result holds no byte of them unless a preview was asked for.
//
// A result is a pure function of the value, the key's facts, the memory profile
// and the clock, so results of the same keys are equal however a dump was
// divided.
package probe
