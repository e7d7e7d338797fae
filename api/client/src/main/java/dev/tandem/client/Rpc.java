package dev.tandem.client;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import dev.tandem.v1.WaitTaskRequest;
import io.vertx.grpc.common.ServiceMethod;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One method of the API as the client treats it: everything is read from its descriptor, so that a new method needs no code
 * here.
 */
final class Rpc {
    private static final long WAIT_TASK_DEFAULT_SECONDS = 30;

    private final String name;
    private final ServiceMethod<Message, Message> method;
    private final boolean streaming;
    private final boolean reads;
    private final Message blankRequest;
    private final @Nullable FieldDescriptor namespace;
    private final @Nullable FieldDescriptor requestId;
    private final @Nullable FieldDescriptor items;
    private final @Nullable FieldDescriptor wait;

    /**
     * A method.
     *
     * @param blankRequest the default instance of its request
     */
    Rpc(MethodDescriptor descriptor, ServiceMethod<Message, Message> method, Message blankRequest) {
        this.name = descriptor.getName();
        this.method = method;
        this.streaming = descriptor.isServerStreaming();
        this.reads = descriptor.getOptions().getExtension(AnnotationsProto.http).getPatternCase()
                == HttpRule.PatternCase.GET;
        this.blankRequest = blankRequest;
        this.namespace = descriptor.getInputType().findFieldByName("namespace");
        this.requestId = descriptor.getInputType().findFieldByName("request_id");
        FieldDescriptor requests = descriptor.getInputType().findFieldByName("requests");
        this.items =
                requests != null && requests.getMessageType().findFieldByName("request_id") != null ? requests : null;
        boolean waitsForTask = descriptor.getInputType() == WaitTaskRequest.getDescriptor();
        this.wait = descriptor.getInputType().findFieldByName(waitsForTask ? "timeout" : "wait");
    }

    String name() {
        return name;
    }

    ServiceMethod<Message, Message> method() {
        return method;
    }

    boolean isStreaming() {
        return streaming;
    }

    /** Whether it changes nothing. */
    boolean reads() {
        return reads;
    }

    /** Whether a completed request can be sent again although it may have been applied. */
    boolean isRepeatable() {
        return reads || requestId != null || items != null;
    }

    /** The request with what its caller left to the client: the namespace, and ids that make it safe to repeat. */
    Message complete(Message request, String defaultNamespace, Supplier<String> newRequestId) {
        if (request.getDescriptorForType() != blankRequest.getDescriptorForType()) {
            throw new IllegalArgumentException(
                    name + " takes no " + request.getDescriptorForType().getName());
        }
        Message.Builder completed = null;
        if (isBlank(request, namespace)) {
            completed = request.toBuilder();
            completed.setField(namespace, defaultNamespace);
        }
        if (isBlank(request, requestId)) {
            completed = completed == null ? request.toBuilder() : completed;
            completed.setField(requestId, newRequestId.get());
        }
        if (items != null) {
            completed = completed == null ? request.toBuilder() : completed;
            completeItems(completed, items, newRequestId);
        }
        return completed == null ? request : completed.build();
    }

    private static void completeItems(Message.Builder batch, FieldDescriptor items, Supplier<String> newRequestId) {
        FieldDescriptor id = items.getMessageType().findFieldByName("request_id");
        for (int i = 0; i < batch.getRepeatedFieldCount(items); i++) {
            Message item = (Message) batch.getRepeatedField(items, i);
            if (isBlank(item, id)) {
                batch.setRepeatedField(
                        items,
                        i,
                        item.toBuilder().setField(id, newRequestId.get()).build());
            }
        }
    }

    private static boolean isBlank(Message request, @Nullable FieldDescriptor field) {
        return field != null && ((String) request.getField(field)).isEmpty();
    }

    /** How long the request asks the sidecar to wait, in milliseconds: the call's deadline has to leave room for it. */
    long waitMillis(Message request) {
        if (wait == null) {
            return 0;
        }
        if (!request.hasField(wait)) {
            return wait.getContainingType() == WaitTaskRequest.getDescriptor() ? WAIT_TASK_DEFAULT_SECONDS * 1000 : 0;
        }
        Duration duration = (Duration) request.getField(wait);
        // Out of bounds is for the sidecar to refuse.
        long seconds = Math.max(0, Math.min(duration.getSeconds(), 24 * 3600));
        return seconds * 1000 + Math.max(0, duration.getNanos()) / 1_000_000;
    }
}
