package org.tacita.app

import java.awt.EventQueue
import java.util.concurrent.ConcurrentHashMap
import net.bytebuddy.asm.Advice
import net.bytebuddy.description.method.MethodDescription
import net.bytebuddy.matcher.ElementMatchers.isConstructor
import net.bytebuddy.matcher.ElementMatchers.isPublic
import net.bytebuddy.matcher.ElementMatchers.not

/** Notes every call of the core that is made on the thread that draws. */
class CoreCalls private constructor() {
    /** The calls that were made there, each once. */
    fun onTheDrawingThread(): List<String> = noted.sorted()

    companion object {
        private val noted: MutableSet<String> = ConcurrentHashMap.newKeySet()
        private val installed by lazy {
            val objects = listOf("Client", "ConversationList", "MessageList", "ConversationExport", "NotificationInbox", "TacitaKt")
            weave(objects, isPublic<MethodDescription>().and(not(isConstructor())), Advice.to(Note::class.java))
        }

        /** Begins anew. */
        fun watch(): CoreCalls {
            installed
            noted.clear()
            return CoreCalls()
        }

        /** Called at the start of each method of the core's objects. */
        @JvmStatic
        fun note(method: String) {
            if (EventQueue.isDispatchThread()) noted += method
        }
    }
}

/** What is put at the start of each method. */
private object Note {
    @JvmStatic
    @Advice.OnMethodEnter
    fun enter(@Advice.Origin("#t.#m") method: String): Unit = CoreCalls.note(method)
}
