package dev.tandem.grpc;

/**
 * Hears of every call that has ended: metrics, access logs.
 *
 * <p>Called on the event loop that served the call, so it must not block, and must be safe for several loops at once.
 */
@FunctionalInterface
public interface CallListener {
    /** Hears nothing, and costs nothing. */
    CallListener NONE = (method, grpcStatus, nanos, json) -> {};

    /**
     * A call has ended.
     *
     * @param method its full name, such as {@code tandem.v1.TaskService/CreateTask}; one of the methods that exist, so
     *     that it may be used as a label
     * @param grpcStatus the google.rpc.Code that it was answered with; CANCELLED if the caller went away
     * @param nanos from the arrival of its headers to the end of its answer; for a stream, its whole life
     * @param json whether it came as JSON rather than gRPC or gRPC-Web
     */
    void ended(String method, int grpcStatus, long nanos, boolean json);
}
