package dev.tandem.client;

import com.google.protobuf.ByteString;
import io.vertx.core.Future;

/** The application's work on one claimed task, done without blocking. */
@FunctionalInterface
public interface TaskHandler {
    /**
     * Does the task.
     *
     * <p>Called on the worker's context, which it must not block.
     *
     * @return the result, to be kept with the task; a null or empty one for none. If it fails, or this method throws, the
     *     attempt has failed: a {@link TaskFailure} says how, anything else is retried under the name of its class
     */
    Future<ByteString> handle(TaskContext task);
}
