package dev.tandem.grpc;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.reflection.v1.ErrorResponse;
import io.vertx.grpc.reflection.v1.FileDescriptorResponse;
import io.vertx.grpc.reflection.v1.ListServiceResponse;
import io.vertx.grpc.reflection.v1.ServerReflectionRequest;
import io.vertx.grpc.reflection.v1.ServerReflectionResponse;
import io.vertx.grpc.reflection.v1.ServiceResponse;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerRequest;
import io.vertx.grpc.server.GrpcServerResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * grpc.reflection, v1 and the older v1alpha that is the same on the wire: which services there are, and what their
 * messages look like. Answers any number of questions a stream, which the library's own does not. Owned by one event loop.
 */
final class Reflection {
    private static final String V1 = "grpc.reflection.v1.ServerReflection";
    private static final String V1_ALPHA = "grpc.reflection.v1alpha.ServerReflection";

    /** How many streams may be open on one event loop; they are for people and their tools. */
    static final int STREAMS_MAX = 64;

    private final List<String> services = new ArrayList<>();
    private final Map<String, FileDescriptor> files = new LinkedHashMap<>();
    private final Map<String, FileDescriptor> symbols = new HashMap<>();
    private final Set<GrpcServerResponse<?, ?>> open = new LinkedHashSet<>();

    Reflection(Collection<ServiceDescriptor> services) {
        for (ServiceDescriptor service : services) {
            this.services.add(service.getFullName());
            add(service.getFile());
        }
        this.services.add(V1);
    }

    void bind(GrpcServer server) {
        for (String name : List.of(V1, V1_ALPHA)) {
            server.callHandler(
                    ServiceMethod.server(
                            ServiceName.create(name),
                            "ServerReflectionInfo",
                            GrpcMessageEncoder.<ServerReflectionResponse>encoder(),
                            GrpcMessageDecoder.decoder(ServerReflectionRequest.newBuilder())),
                    this::handle);
        }
    }

    /** Ends every open stream. */
    void close() {
        for (GrpcServerResponse<?, ?> response : List.copyOf(open)) {
            if (open.remove(response)) {
                response.status(GrpcStatus.UNAVAILABLE)
                        .statusMessage("the sidecar is shutting down")
                        .end();
            }
        }
    }

    private void handle(GrpcServerRequest<ServerReflectionRequest, ServerReflectionResponse> request) {
        GrpcServerResponse<ServerReflectionRequest, ServerReflectionResponse> response = request.response();
        if (open.size() >= STREAMS_MAX) {
            response.status(GrpcStatus.RESOURCE_EXHAUSTED)
                    .statusMessage("there are " + STREAMS_MAX + " open reflection streams, the most there may be")
                    .end();
            return;
        }
        open.add(response);
        request.errorHandler(error -> open.remove(response));
        request.exceptionHandler(error -> open.remove(response));
        response.exceptionHandler(error -> open.remove(response));
        request.handler(asked -> {
            if (open.contains(response)) {
                // One answer at a time: a caller that asks and does not read would have them pile up.
                request.pause();
                response.write(answer(asked)).onComplete(left -> request.resume());
            }
        });
        request.endHandler(end -> {
            if (open.remove(response)) {
                response.end();
            }
        });
    }

    private ServerReflectionResponse answer(ServerReflectionRequest asked) {
        ServerReflectionResponse.Builder out = ServerReflectionResponse.newBuilder()
                .setValidHost(asked.getHost())
                .setOriginalRequest(asked);
        switch (asked.getMessageRequestCase()) {
            case LIST_SERVICES -> {
                ListServiceResponse.Builder list = ListServiceResponse.newBuilder();
                services.forEach(
                        name -> list.addService(ServiceResponse.newBuilder().setName(name)));
                out.setListServicesResponse(list);
            }
            case FILE_BY_FILENAME -> describe(out, files.get(asked.getFileByFilename()));
            case FILE_CONTAINING_SYMBOL -> describe(out, symbols.get(asked.getFileContainingSymbol()));
            default -> refuse(out, GrpcStatus.NOT_FOUND, "there are no extensions here");
        }
        return out.build();
    }

    private static void describe(ServerReflectionResponse.Builder out, @Nullable FileDescriptor file) {
        if (file == null) {
            refuse(out, GrpcStatus.NOT_FOUND, "there is no such file or symbol");
            return;
        }
        Map<String, FileDescriptor> needed = new LinkedHashMap<>();
        addWithNeeded(needed, file);
        FileDescriptorResponse.Builder response = FileDescriptorResponse.newBuilder();
        needed.values()
                .forEach(each -> response.addFileDescriptorProto(each.toProto().toByteString()));
        out.setFileDescriptorResponse(response);
    }

    private static void refuse(ServerReflectionResponse.Builder out, GrpcStatus status, String message) {
        out.setErrorResponse(
                ErrorResponse.newBuilder().setErrorCode(status.code).setErrorMessage(message));
    }

    private static void addWithNeeded(Map<String, FileDescriptor> needed, FileDescriptor file) {
        if (needed.put(file.getName(), file) == null) {
            file.getDependencies().forEach(dependency -> addWithNeeded(needed, dependency));
        }
    }

    private void add(FileDescriptor file) {
        if (files.put(file.getName(), file) != null) {
            return;
        }
        for (ServiceDescriptor service : file.getServices()) {
            symbols.put(service.getFullName(), file);
            for (MethodDescriptor method : service.getMethods()) {
                symbols.put(method.getFullName(), file);
            }
        }
        file.getMessageTypes().forEach(this::add);
        file.getEnumTypes().forEach(this::add);
        file.getDependencies().forEach(this::add);
    }

    private void add(Descriptor type) {
        symbols.put(type.getFullName(), type.getFile());
        type.getFields().forEach(field -> symbols.put(field.getFullName(), field.getFile()));
        type.getNestedTypes().forEach(this::add);
        type.getEnumTypes().forEach(this::add);
    }

    private void add(EnumDescriptor type) {
        symbols.put(type.getFullName(), type.getFile());
    }
}
