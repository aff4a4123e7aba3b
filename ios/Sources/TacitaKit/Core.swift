import TacitaBindings

/// The Rust core that this kit carries.
public enum Core {
    /// The core's version, as `major.minor.patch`.
    public static func version() throws -> String {
        try coreVersion()
    }
}
