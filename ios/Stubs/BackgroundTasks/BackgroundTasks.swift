// Declarations of Apple's BackgroundTasks framework, as far as the app uses it, to check its source on Linux. That it
// compiles means that names and types agree with these declarations, written by hand; nothing here can run.
import Foundation

open class BGTaskRequest: NSObject {
    fileprivate override init() {}
    open var earliestBeginDate: Date? { get { fatalError() } set { fatalError() } }
}

open class BGAppRefreshTaskRequest: BGTaskRequest {
    public init(identifier: String) { fatalError() }
}

open class BGTaskScheduler: NSObject {
    private override init() {}
    open class var shared: BGTaskScheduler { fatalError() }
    open func submit(_ taskRequest: BGTaskRequest) throws { fatalError() }
}
