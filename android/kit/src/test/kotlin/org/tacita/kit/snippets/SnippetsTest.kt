// The snippets of docs/INTEGRATION.md, which "cargo xtask bindings" puts among the tests.
package org.tacita.kit.snippets

import kotlin.test.Test
import kotlin.test.assertTrue

class SnippetsTest {
    @Test
    fun `the snippets of the documentation were compiled`() = assertTrue(SNIPPETS > 0)
}
