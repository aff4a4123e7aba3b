// A screen's model: made once, and closed when its screen has been left, not when another lies on top of it.
import SwiftUI
import TacitaKit

struct Owner<Shown: Sendable, Owned: Model<Shown>, Content: View>: View {
    let make: () -> Owned
    @ViewBuilder let content: (Owned) -> Content
    // SwiftUI keeps the first of these and drops those of later initialisers, which are empty.
    @State private var kept = Kept<Shown, Owned>()

    var body: some View {
        content(kept.model(make))
    }
}

/// A model that is made when it is first asked for.
@MainActor
final class Kept<Shown: Sendable, Owned: Model<Shown>> {
    private var made: Owned?

    func model(_ make: () -> Owned) -> Owned {
        let model = made ?? make()
        made = model
        return model
    }

    // Only SwiftUI refers to this, and lets go of it when the screen has been left for good. A screen that another lies
    // on disappears as well: that says nothing.
    deinit {
        guard let made else { return }
        Task { @MainActor in made.close() }
    }
}
