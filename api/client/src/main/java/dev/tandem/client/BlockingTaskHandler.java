package dev.tandem.client;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/** The application's work on one claimed task, which may block. */
@FunctionalInterface
public interface BlockingTaskHandler {
    /**
     * Does the task, on a thread that it has for itself.
     *
     * @return the result, to be kept with the task; a null or empty one for none
     * @throws Exception if the attempt has failed: a {@link TaskFailure} says how, anything else is retried under the name
     *     of its class
     */
    @Nullable
    ByteString handle(TaskContext task) throws Exception;
}
