// `tacita-agent --dir DIR`: the Swift kit, driven by lines of JSON on standard input. `tacita-agent bench --dir DIR`
// measures it.
import Foundation

let words = CommandLine.arguments
guard let flag = words.firstIndex(of: "--dir"), words.indices.contains(flag + 1) else {
    FileHandle.standardError.write(Data("usage: tacita-agent --dir DIR\n".utf8))
    exit(2)
}
if words.dropFirst().first == "bench" {
    try await bench(directory: words[flag + 1])
    exit(0)
}
let agent = Agent(directory: words[flag + 1])
say(["ready": true, "language": "swift"])
while let line = readLine() {
    do {
        let request = try Request(line: line)
        if request.op == "quit" {
            say(["id": request.id, "ok": [String: Any]()])
            break
        }
        Task.detached { await agent.handle(request) }
    } catch {
        FileHandle.standardError.write(Data("not a request: \(error)\n".utf8))
    }
}
exit(0)
