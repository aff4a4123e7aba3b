package org.tacita.kit

import kotlin.test.Test
import kotlin.test.assertTrue

class CoreTest {
    @Test
    fun `the core answers with its version`() {
        assertTrue(Regex("""\d+\.\d+\.\d+""").matches(Core.version), Core.version)
    }
}
