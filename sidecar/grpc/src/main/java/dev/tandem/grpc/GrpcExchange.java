package dev.tandem.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import com.google.rpc.Status;
import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.grpc.common.GrpcHeaderNames;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.InvalidMessageException;
import io.vertx.grpc.common.WireFormat;
import io.vertx.grpc.server.GrpcServerRequest;
import io.vertx.grpc.server.GrpcServerResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** One gRPC or gRPC-Web call on the wire. */
final class GrpcExchange implements Exchange {
    private final ApiMethod<?, ?> method;
    private final Calls calls;
    private final GrpcServerRequest<Buffer, Message> request;
    private final GrpcServerResponse<Buffer, Message> response;
    private final int requestBytesMax;
    private final Call call;
    private @Nullable Message message;
    private boolean isGone;

    GrpcExchange(
            Calls calls,
            ApiMethod<?, ?> method,
            CountedRequest counted,
            GrpcServerRequest<Buffer, Message> request,
            int requestBytesMax) {
        this.method = method;
        this.calls = calls;
        this.request = request;
        this.response = request.response();
        this.requestBytesMax = requestBytesMax;
        this.call = calls.begin(
                method, this, false, Timeouts.ofGrpc(request.headers().get(GrpcHeaderNames.GRPC_TIMEOUT)));
        counted.belongsTo(call);
    }

    void begin() {
        if (call.hasEnded()) {
            return;
        }
        request.invalidMessageHandler(this::onInvalid);
        request.messageHandler(this::onMessage);
        request.endHandler(end -> onEnd());
        // A reset stream is told as an error, a lost connection as an exception.
        request.errorHandler(error -> gone());
        request.exceptionHandler(this::onFailure);
        response.exceptionHandler(error -> gone());
    }

    private void onFailure(Throwable failure) {
        if (failure instanceof GrpcFront.BrokenTextException) {
            refuseRequest("is no valid base64");
        } else {
            gone();
        }
    }

    private void gone() {
        isGone = true;
        call.callerGone();
    }

    private void onMessage(GrpcMessage wire) {
        if (call.hasEnded()) {
            return;
        }
        if (message != null) {
            refuseRequest("must be one message, and is several");
            return;
        }
        if (wire.format() != WireFormat.PROTOBUF) {
            call.refuse(StatusMap.plain(
                    Code.UNIMPLEMENTED, StatusMap.INVALID_ARGUMENT, "the messages of a gRPC call must be protobuf"));
            return;
        }
        try {
            parse(wire);
        } catch (InvalidProtocolBufferException e) {
            refuseRequest("is no " + method.descriptor().getInputType().getFullName() + ": its bytes are broken");
        } catch (IOException e) {
            refuseRequest("is no valid gzip");
        }
    }

    private void parse(GrpcMessage wire) throws IOException {
        ByteBuf bytes = ((BufferInternal) wire.payload()).getByteBuf();
        switch (wire.encoding()) {
            case "identity" -> {
                CodedInputStream in = bytes.hasArray()
                        ? CodedInputStream.newInstance(
                                bytes.array(), bytes.arrayOffset() + bytes.readerIndex(), bytes.readableBytes())
                        : CodedInputStream.newInstance(bytes.nioBuffer());
                message = method.defaultRequest().getParserForType().parseFrom(in);
            }
            case "gzip" -> {
                byte[] plain = gunzip(wire.payload().getBytes());
                if (plain.length > requestBytesMax) {
                    refuseTooLarge("more than " + requestBytesMax);
                    return;
                }
                call.addRequestBytes(plain.length);
                if (!calls.hold(plain.length, plain.length + bytes.readableBytes())) {
                    call.refuse(calls.tooManyBytes());
                    return;
                }
                message = method.defaultRequest().getParserForType().parseFrom(plain);
            }
            default ->
                call.refuse(StatusMap.plain(
                        Code.UNIMPLEMENTED,
                        StatusMap.INVALID_ARGUMENT,
                        "requests can be compressed by gzip, and this one says " + Checks.shown(wire.encoding())));
        }
    }

    /** At most one byte more than a request may have, however far the input would go on. */
    private byte[] gunzip(byte[] bytes) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            return in.readNBytes(requestBytesMax + 1);
        }
    }

    private void onInvalid(InvalidMessageException invalid) {
        refuseTooLarge("more");
    }

    private void onEnd() {
        if (call.hasEnded()) {
            return;
        }
        Message whole = message;
        if (whole == null) {
            refuseRequest("must be one message, and is none, or a part of one");
            return;
        }
        message = null;
        calls.run(call, whole);
    }

    private void refuseRequest(String why) {
        call.refuse(StatusMap.invalid(StatusMap.INVALID_ARGUMENT, "", "the request " + why));
    }

    private void refuseTooLarge(String size) {
        call.refuse(StatusMap.invalid(
                StatusMap.PAYLOAD_TOO_LARGE,
                "",
                "the request must be at most " + requestBytesMax + " bytes, and has " + size));
    }

    @Override
    public void header(String name, String value) {
        response.headers().set(name, value);
    }

    /**
     * A message that counts goes out before what ends it, so that it is known when it has left. And Vert.x fails on trailers
     * that still wait, behind a message that is not read, when the caller gives up.
     */
    @Override
    public Future<Void> reply(Message message) {
        if (message.getSerializedSize() < Calls.COUNTED_ANSWER_BYTES) {
            return response.end(message);
        }
        return response.write(message).onSuccess(written -> {
            if (!isGone) {
                response.end();
            }
        });
    }

    @Override
    public void refuse(Status status) {
        response.status(GrpcStatus.valueOf(status.getCode())).statusMessage(status.getMessage());
        response.trailers()
                .set(
                        GrpcHeaderNames.GRPC_STATUS_DETAILS_BIN,
                        Base64.getEncoder().withoutPadding().encodeToString(status.toByteArray()));
        response.end();
    }

    @Override
    public Future<Void> write(Message message) {
        return response.write(message);
    }
}
