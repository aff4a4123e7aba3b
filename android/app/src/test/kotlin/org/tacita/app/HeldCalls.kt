package org.tacita.app

import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicInteger
import kotlin.coroutines.intrinsics.COROUTINE_SUSPENDED
import net.bytebuddy.asm.Advice
import net.bytebuddy.description.method.MethodDescription
import net.bytebuddy.implementation.bytecode.assign.Assigner
import net.bytebuddy.matcher.ElementMatchers.isPublic

/** Stops long work of the core in its midst, so that a picture can be taken of it: a step more is never answered. */
object HeldCalls {
    private val left = ConcurrentHashMap<String, AtomicInteger>()
    private val installed by lazy {
        val advice = Advice.withCustomMapping().with(Advice.AssignReturned.Factory()).to(Hold::class.java)
        weave(listOf("Client", "ConversationExport"), isPublic<MethodDescription>().and(IS_STEP), advice)
    }

    /** Lets so many more steps of a kind through, and no other. */
    fun hold(step: String, after: Int) {
        installed
        left[step] = AtomicInteger(after)
    }

    /** Lets all through from now on. What is held stays so. */
    fun release(): Unit = left.clear()

    /** Called at the start of each step; true if it is not to be taken. */
    @JvmStatic
    fun isHeld(step: String): Boolean = left[step.bare()]?.let { it.getAndDecrement() <= 0 } ?: false

    /** The compiler adds to the names of those that are given unsigned numbers. */
    private fun String.bare() = substringBefore('-')

    private val IS_STEP = { method: MethodDescription -> method.name.bare() in listOf("cleanUp", "shrinkStore", "step") }
}

/** What is put around each step. */
private object Hold {
    @JvmStatic
    @Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue::class)
    fun enter(@Advice.Origin("#m") method: String): Boolean = HeldCalls.isHeld(method)

    @JvmStatic
    @Advice.OnMethodExit
    @Advice.AssignReturned.ToReturned(typing = Assigner.Typing.DYNAMIC)
    fun exit(@Advice.Enter isHeld: Boolean): Any? = if (isHeld) COROUTINE_SUSPENDED else null
}
