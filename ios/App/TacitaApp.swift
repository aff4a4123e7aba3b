import SwiftUI
import TacitaPlatform
import TacitaUI

/// The app: one model of it, whatever becomes of its window.
@main
struct TacitaApp: App {
    @Environment(\.scenePhase) private var phase
    @State private var network: NetworkWatch?
    private let places = Places()
    private let model = Places().model()
    private let screen = SecureWindow()

    var body: some Scene {
        WindowGroup {
            RootView(model: model, exportFolder: places.exports).onAppear { model.open() }
        }
        .onChange(of: phase, initial: true) { phaseIsNow() }
        .backgroundTask(.appRefresh(News.name)) { [places] in await News.look(in: places) }
    }

    private func phaseIsNow() {
        screen.cover(phase != .active)
        network = phase == .active ? NetworkWatch(model.networkIs) : nil
        if phase == .background { News.schedule() }
        guard phase == .active else { return }
        Notifications.clear()
        Task { await Notifications.ask() }
    }
}
