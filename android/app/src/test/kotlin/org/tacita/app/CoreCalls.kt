package org.tacita.app

import java.awt.EventQueue
import java.util.concurrent.ConcurrentHashMap
import net.bytebuddy.agent.ByteBuddyAgent
import net.bytebuddy.agent.builder.AgentBuilder
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
        private val installed by lazy(::install)

        /** Begins anew. */
        fun watch(): CoreCalls {
            check(installed)
            noted.clear()
            return CoreCalls()
        }

        /** Called at the start of each method of the core's objects. */
        @JvmStatic
        fun note(method: String) {
            if (EventQueue.isDispatchThread()) noted += method
        }

        private fun install(): Boolean {
            val objects = listOf("Client", "ConversationList", "MessageList", "ConversationExport", "NotificationInbox", "TacitaKt")
                .map { "org.tacita.bindings.$it" }
            AgentBuilder.Default()
                .with(AgentBuilder.RedefinitionStrategy.RETRANSFORMATION)
                .disableClassFormatChanges()
                .type { type, _, _, _, _ -> type.name in objects }
                .transform { builder, _, _, _, _ ->
                    builder.visit(Advice.to(Note::class.java).on(isPublic<MethodDescription>().and(not(isConstructor()))))
                }
                .installOn(ByteBuddyAgent.install())
            return true
        }
    }
}

/** What is put at the start of each method. */
private object Note {
    @JvmStatic
    @Advice.OnMethodEnter
    fun enter(@Advice.Origin("#t.#m") method: String): Unit = CoreCalls.note(method)
}
