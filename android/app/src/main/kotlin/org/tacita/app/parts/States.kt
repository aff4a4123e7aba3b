package org.tacita.app.parts

import androidx.compose.runtime.Composable
import androidx.compose.runtime.DisposableEffect
import androidx.compose.runtime.collectAsState
import androidx.compose.runtime.getValue
import androidx.compose.runtime.remember
import kotlinx.coroutines.flow.StateFlow
import org.tacita.kit.model.Model

/** The newest value, drawn again when it changes. */
@Composable
fun <T> StateFlow<T>.shown(): T {
    val value by collectAsState()
    return value
}

/** A model for as long as its screen is there, one for each set of keys. */
@Composable
fun <M : Model<*>> model(vararg keys: Any?, make: () -> M): M {
    val made = remember(*keys) { make() }
    DisposableEffect(made) { onDispose { made.close() } }
    return made
}
