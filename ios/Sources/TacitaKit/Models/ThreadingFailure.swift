#if os(Linux)
/// What Observation calls when a lock of its own fails. Its library for Linux long lacked this function, and
/// nothing that observes can be linked without it (swiftlang/swift#75670).
@_cdecl("_ZN5swift9threading5fatalEPKcz")
func endAfterThreadingFailure(_ format: UnsafePointer<CChar>) -> Never {
    fatalError(String(cString: format))
}
#endif
