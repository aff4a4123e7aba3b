package org.tacita.kit.model

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.cancel
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.launch
import org.tacita.bindings.ClientException

/**
 * What one screen shows, and what can be done on it. States are read and functions are called on the thread that draws; the
 * core is called on others. [close] it when its screen is gone.
 */
public abstract class Model<S : Any> internal constructor(start: S) : AutoCloseable {
    private val shown = MutableStateFlow(start)
    private val failed = MutableStateFlow<ClientException?>(null)
    private val turns = Channel<suspend () -> Unit>(Channel.UNLIMITED)

    /** What to show. */
    public val state: StateFlow<S> = shown.asStateFlow()

    /** Why the last thing that was asked for was not done; null if nothing speaks. Show it until [dismissProblem]. */
    public val problem: StateFlow<ClientException?> = failed.asStateFlow()

    internal val scope: CoroutineScope = CoroutineScope(Dispatchers.Default + SupervisorJob())

    init {
        // Not the screen's own: what was asked for before it went is still done.
        CoroutineScope(Dispatchers.Default).launch { for (work in turns) attempt(work) }
    }

    /** The user has seen the problem. */
    public fun dismissProblem() {
        failed.value = null
    }

    /** Ends what the model follows. What was asked for before is still done, and nothing that is asked for later. */
    override fun close() {
        scope.cancel()
        turns.close()
    }

    internal fun change(change: (S) -> S): Unit = shown.update(change)

    /** Does something beside all else, and no longer than the screen is there. */
    internal fun act(work: suspend () -> Unit): Job = scope.launch { attempt(work) }

    /** Does something after everything that was asked for this way before. */
    internal fun inTurn(work: suspend () -> Unit) {
        turns.trySend(work)
    }

    private suspend fun attempt(work: suspend () -> Unit) {
        try {
            work()
        } catch (_: ClientException.Closed) {
            // A screen that is about to go is not told why.
        } catch (problem: ClientException) {
            failed.value = problem
        }
    }
}
