package org.tacita.kit

import org.tacita.bindings.coreVersion

/** The Rust core that this kit carries. */
public object Core {
    /** The core's version, as `major.minor.patch`. */
    public val version: String
        get() = coreVersion()
}
