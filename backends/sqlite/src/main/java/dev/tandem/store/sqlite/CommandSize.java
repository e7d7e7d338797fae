package dev.tandem.store.sqlite;

import dev.tandem.task.StoredRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.Verb;
import java.util.Map;

/** How much memory a waiting command holds: its payload and texts, roughly, and a sum for the rest. */
final class CommandSize {
    /** For the objects themselves. */
    private static final long BYTES_MIN = 256;

    private CommandSize() {}

    static long of(TaskCommand command) {
        Verb verb = command.verb();
        if (verb instanceof Verb.Create create) {
            return BYTES_MIN
                    + create.spec().payload().length()
                    + of(create.spec().labels())
                    + of(create.parts());
        } else if (verb instanceof Verb.Complete complete) {
            return BYTES_MIN + complete.result().length();
        } else if (verb instanceof Verb.Transition transition) {
            return BYTES_MIN + transition.result().length();
        } else if (verb instanceof Verb.Update update) {
            return BYTES_MIN
                    + (update.payload() == null ? 0 : update.payload().length())
                    + (update.labels() == null ? 0 : of(update.labels()));
        } else if (verb instanceof Verb.Fail fail) {
            return BYTES_MIN + fail.error().message().length();
        } else if (verb instanceof Verb.Mirror mirror) {
            return mirror.records().stream().mapToLong(CommandSize::of).sum();
        }
        return BYTES_MIN;
    }

    private static long of(StoredRecord record) {
        return BYTES_MIN
                + (record instanceof Task task
                        ? task.contentBytes() + of(task.spec().labels())
                        : 0);
    }

    private static long of(Map<String, String> texts) {
        long bytes = 0;
        for (Map.Entry<String, String> text : texts.entrySet()) {
            bytes += text.getKey().length() + text.getValue().length() + 64L;
        }
        return bytes;
    }
}
