package dev.tandem.grpc;

import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Message;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/**
 * One method of the API, as both fronts serve it: gRPC and JSON parse the same request message and call the same handler.
 *
 * @param isWrite whether it changes anything; a write that is cut off may have been applied
 * @param unary null for a method that streams
 * @param stream null for a unary method
 */
record ApiMethod<Q extends Message, R extends Message>(
        MethodDescriptor descriptor,
        String fullName,
        Q defaultRequest,
        boolean isWrite,
        @Nullable Unary<Q, R> unary,
        @Nullable Streaming<Q> stream) {
    /** Answers a request with one message. */
    @FunctionalInterface
    interface Unary<Q, R> {
        /**
         * Begins to answer.
         *
         * @throws ApiException if the request is refused
         */
        Future<R> handle(Q request, Call call);
    }

    /** Answers a request with messages, through the call. */
    @FunctionalInterface
    interface Streaming<Q> {
        /**
         * Begins to stream.
         *
         * @throws ApiException if the request is refused
         */
        void open(Q request, Call call);
    }

    static <Q extends Message, R extends Message> ApiMethod<Q, R> read(
            MethodDescriptor descriptor, Q defaultRequest, Unary<Q, R> unary) {
        return new ApiMethod<>(descriptor, nameOf(descriptor), defaultRequest, false, unary, null);
    }

    static <Q extends Message, R extends Message> ApiMethod<Q, R> write(
            MethodDescriptor descriptor, Q defaultRequest, Unary<Q, R> unary) {
        return new ApiMethod<>(descriptor, nameOf(descriptor), defaultRequest, true, unary, null);
    }

    static <Q extends Message> ApiMethod<Q, Message> stream(
            MethodDescriptor descriptor, Q defaultRequest, Streaming<Q> stream) {
        return new ApiMethod<>(descriptor, nameOf(descriptor), defaultRequest, false, null, stream);
    }

    private static String nameOf(MethodDescriptor descriptor) {
        return descriptor.getService().getFullName() + "/" + descriptor.getName();
    }

    boolean isStream() {
        return stream != null;
    }
}
