package org.tacita.app.parts

import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.ColumnScope
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material.icons.Icons
import androidx.compose.material.icons.filled.ArrowBack
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.Scaffold
import androidx.compose.material3.Text
import androidx.compose.material3.TopAppBar
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.scale
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.platform.LocalLayoutDirection
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextOverflow
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.LayoutDirection
import androidx.compose.ui.unit.dp
import org.tacita.app.words.words
import org.tacita.bindings.ClientException
import org.tacita.kit.model.Model

/** A screen with a title, a way back, and below them what does not fit scrolls. */
@Composable
fun Page(title: String, back: () -> Unit, content: @Composable ColumnScope.() -> Unit) {
    Scaffold(topBar = { TitleBar(title, back) }) { edges ->
        Box(Modifier.fillMaxSize().padding(edges), Alignment.TopCenter) {
            Column(Modifier.widthIn(max = 640.dp).verticalScroll(rememberScrollState()).padding(bottom = 24.dp), content = content)
        }
    }
}

@Composable
fun TitleBar(title: String, back: () -> Unit) {
    TopAppBar(
        title = { Title { Text(title, Modifier.semantics { heading() }, maxLines = 1, overflow = TextOverflow.Ellipsis) } },
        navigationIcon = { BackButton(back) },
    )
}

/** What is large as it is grows by a third at most, so that its words stay whole. */
@Composable
fun Title(content: @Composable () -> Unit) {
    val density = LocalDensity.current
    CompositionLocalProvider(LocalDensity provides Density(density.density, minOf(density.fontScale, 1.3f))) { content() }
}

/** What is read from left to right in every language: digits, and the groups of a secret. */
@Composable
fun LeftToRight(content: @Composable () -> Unit) {
    CompositionLocalProvider(LocalLayoutDirection provides LayoutDirection.Ltr) { content() }
}

/** How many lines a name or the begin of a message has in a list: one, or two where few words fit into one. */
val listLines: Int
    @Composable
    get() = if (LocalDensity.current.fontScale > 1.3f) 2 else 1

@Composable
fun BackButton(back: () -> Unit) {
    IconButton(back) { Icon(Icons.Filled.ArrowBack, words.back, Modifier.mirrored()) }
}

/** Turns a picture of a direction round where writing runs from right to left. */
@Composable
fun Modifier.mirrored(): Modifier =
    if (LocalLayoutDirection.current == LayoutDirection.Rtl) scale(-1f, 1f) else this

/** What went wrong on a screen, and what to do, until the user has seen it. */
@Composable
fun <S : Any> ProblemBanner(model: Model<S>) {
    val problem = model.problem.shown()
    if (problem != null) ProblemBanner(problem, model::dismissProblem)
}

@Composable
fun ProblemBanner(problem: ClientException, dismiss: () -> Unit) {
    Banner(words.problem(problem), Tone.Error, words.close to dismiss)
}
