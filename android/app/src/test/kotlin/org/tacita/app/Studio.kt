package org.tacita.app

import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.Rect
import androidx.compose.ui.graphics.asSkiaBitmap
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.platform.LocalLayoutDirection
import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.semantics.SemanticsNode
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.SkikoComposeUiTest
import androidx.compose.ui.text.TextLayoutResult
import androidx.compose.ui.unit.Density
import androidx.compose.ui.unit.LayoutDirection
import java.nio.file.Files
import java.nio.file.Path
import java.util.Locale
import org.jetbrains.skia.Image
import org.tacita.app.words.LocalWords
import org.tacita.app.words.wordsOf

/** How a screen is looked at: by whom, and on what. */
data class Look(
    val dark: Boolean,
    val width: Int,
    val fontScale: Float,
    val language: Locale = Locale.ENGLISH,
    val direction: LayoutDirection = LayoutDirection.Ltr,
) {
    val name: String =
        listOfNotNull(
            if (dark) "dark" else "light",
            "${width}dp",
            "x$fontScale",
            language.language.takeIf { it != "en" },
            "rtl".takeIf { direction == LayoutDirection.Rtl },
        ).joinToString("-")
}

/** A screen in one of its states: what to draw, and what to press before the picture is taken. */
class Scene(
    val name: String,
    val prepare: SkikoComposeUiTest.() -> Unit = {},
    /** Whether time passes until nothing changes by itself any more; a countdown would have run out by then. */
    val settles: Boolean = true,
    val draw: @Composable () -> Unit,
)

/** Takes pictures of screens, and finds what is cut off on them. */
class Studio(private val folder: Path, private val exports: String, private val isWrittenByPeople: (String) -> Boolean) {
    /** Takes one picture; gives what is wrong on it. */
    fun photograph(scene: Scene, look: Look): List<String> {
        val density = Density(DENSITY, look.fontScale)
        val test = SkikoComposeUiTest((look.width * DENSITY).toInt(), (HEIGHT * DENSITY).toInt(), density = density)
        return test.runTest {
            mainClock.autoAdvance = scene.settles
            setContent {
                CompositionLocalProvider(
                    LocalDensity provides density,
                    LocalLayoutDirection provides look.direction,
                    LocalWords provides wordsOf(look.language),
                    LocalPlatform provides TestPlatform(exports),
                ) {
                    TacitaTheme(look.dark) {
                        Surface(Modifier.fillMaxSize(), color = MaterialTheme.colorScheme.background) { scene.draw() }
                    }
                }
            }
            if (!scene.settles) mainClock.advanceTimeByFrame()
            waitForIdle()
            scene.prepare(this)
            waitForIdle()
            val picture = checkNotNull(Image.makeFromBitmap(captureToImage().asSkiaBitmap()).encodeToData())
            Files.write(Files.createDirectories(folder).resolve("${scene.name}-${look.name}.png"), picture.bytes)
            faults(look)
        }
    }

    /** Text that does not fit where it may not be shortened, and things to press that are too small or have no name. */
    private fun SkikoComposeUiTest.faults(look: Look): List<String> {
        val nodes = onAllNodes(SemanticsMatcher("all") { true }, useUnmergedTree = true).fetchSemanticsNodes()
        val screen = Rect(0f, 0f, look.width * DENSITY, HEIGHT * DENSITY)
        val spoken = onAllNodes(SemanticsMatcher("all") { true }).fetchSemanticsNodes()
        return nodes.flatMap { node -> cutOff(node) + tooSmall(node, screen) } + spoken.flatMap(::unspoken)
    }

    /** What can be pressed and has no name for who hears the screen. */
    private fun unspoken(node: SemanticsNode): List<String> {
        if (node.config.getOrNull(SemanticsActions.OnClick) == null) return emptyList()
        val names = node.config.getOrNull(SemanticsProperties.ContentDescription).orEmpty() +
            node.config.getOrNull(SemanticsProperties.Text).orEmpty().map { it.text } +
            listOfNotNull(node.config.getOrNull(SemanticsProperties.EditableText)?.text)
        return if (names.all(String::isBlank)) listOf("without a name: ${node.config}") else emptyList()
    }

    private fun cutOff(node: SemanticsNode): List<String> {
        val layouts = mutableListOf<TextLayoutResult>()
        node.config.getOrNull(SemanticsActions.GetTextLayoutResult)?.action?.invoke(layouts)
        // What people have written and called themselves may end in an ellipsis, and be broken anywhere.
        return layouts.filterNot { isWrittenByPeople(it.layoutInput.text.text) }.flatMap { layout ->
            val text = layout.layoutInput.text.text
            listOfNotNull(
                "cut off: $text".takeIf { layout.hasVisualOverflow || (0 until layout.lineCount).any(layout::isLineEllipsized) },
                "broken within a word: $text".takeIf { (0 until layout.lineCount - 1).any { isWithinWord(text, layout.getLineEnd(it)) } },
            )
        }
    }

    private fun isWithinWord(text: String, at: Int): Boolean =
        listOf(text.getOrNull(at - 1), text.getOrNull(at)).all { it != null && LETTER.matches(it.toString()) }

    private fun tooSmall(node: SemanticsNode, screen: Rect): List<String> {
        if (node.config.getOrNull(SemanticsActions.OnClick) == null) return emptyList()
        val bounds = node.touchBoundsInRoot
        val isWhole = bounds.top > 0 && bounds.bottom < screen.bottom && bounds.left > 0 && bounds.right < screen.right
        val least = FINGER * DENSITY - 1
        return if (isWhole && (bounds.width < least || bounds.height < least)) {
            listOf("too small to press: ${node.config} ${bounds.width / DENSITY} x ${bounds.height / DENSITY} dp")
        } else {
            emptyList()
        }
    }

    private companion object {
        /** Of those scripts that have spaces between their words. */
        val LETTER = Regex("[\\p{IsLatin}\\p{IsArabic}]")
        const val DENSITY = 1.5f
        const val HEIGHT = 800
        const val FINGER = 48
    }
}
