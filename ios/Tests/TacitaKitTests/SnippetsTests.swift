// The snippets of docs/INTEGRATION.md, which "cargo xtask bindings" puts among the tests.
import Testing

@Test func snippetsOfTheDocumentationWereCompiled() {
    #expect(snippets > 0)
}
