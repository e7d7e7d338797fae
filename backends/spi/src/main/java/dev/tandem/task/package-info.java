/** A task, the commands that change it, and the rules that say what each command comes to. */
@NullMarked
package dev.tandem.task;

import org.jspecify.annotations.NullMarked;
