package dev.tandem.store.raft.node;

import dev.tandem.testkit.StoreCalls;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.Unpooled;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.WireFormat;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The sidecar's side of a link, on which a test says whatever it likes. */
final class RawLink implements AutoCloseable {
    private final GrpcClient client;
    private final GrpcClientRequest<Buffer, Buffer> request;
    private final BlockingQueue<Message> messages = new LinkedBlockingQueue<>();

    /** What the node said; {@link #ENDED} when it ended the link. */
    record Message(int type, Buffer body) {
        ByteBufInputStream open() {
            return new ByteBufInputStream(Unpooled.wrappedBuffer(body.getBytes()));
        }
    }

    static final int ENDED = -1;

    RawLink(Vertx vertx, int port) {
        client = GrpcClient.client(
                vertx,
                new GrpcClientOptions().setMaxMessageSize(Bounds.MESSAGE_BYTES_DEFAULT),
                new HttpClientOptions().setHttp2ClearTextUpgrade(false));
        request = StoreCalls.await(
                client.request(SocketAddress.inetSocketAddress(port, NodeCluster.HOST), Wire.ON_CLIENT));
        request.response()
                .onSuccess(response -> {
                    response.handler(this::receive);
                    response.endHandler(end -> messages.add(new Message(ENDED, Buffer.buffer())));
                    response.exceptionHandler(failure -> messages.add(new Message(ENDED, Buffer.buffer())));
                    response.errorHandler(error -> messages.add(new Message(ENDED, Buffer.buffer())));
                })
                .onFailure(failure -> messages.add(new Message(ENDED, Buffer.buffer())));
    }

    private void receive(Buffer pack) {
        try {
            Wire.read(pack, (type, body) -> {
                byte[] bytes = new byte[body.available()];
                body.readFully(bytes);
                messages.add(new Message(type, Buffer.buffer(bytes)));
            });
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    RawLink hello(int format) {
        return send(Wire.HELLO, new SidecarHello(format, "test", "raw", Bounds.MESSAGE_BYTES_DEFAULT)::write);
    }

    RawLink send(int type, Outbox.Body body) {
        ByteBuf pack = Unpooled.buffer();
        pack.writeInt(0);
        pack.writeByte(type);
        try {
            body.write(new ByteBufOutputStream(pack));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        pack.setInt(0, pack.readableBytes() - Integer.BYTES);
        return send(BufferInternal.buffer(pack));
    }

    RawLink send(Buffer pack) {
        StoreCalls.await(request.write(pack));
        return this;
    }

    /** Sends what claims to be compressed. */
    void sendCompressed(Buffer payload) {
        Object unused = request.writeMessage(GrpcMessage.message("gzip", WireFormat.PROTOBUF, payload));
    }

    /** The next message of this type; others before it are passed over. */
    Message next(int type) throws InterruptedException {
        while (true) {
            Message message = messages.poll(20, TimeUnit.SECONDS);
            if (message == null || (message.type == ENDED && type != ENDED)) {
                throw new AssertionError("no message of type " + type + " came, but " + message);
            }
            if (message.type == type) {
                return message;
            }
        }
    }

    /** Why the node ended the link. */
    String refusal() throws Exception {
        ByteBufInputStream body = next(Wire.REFUSED).open();
        body.readBoolean();
        String sentence = body.readUTF();
        next(ENDED);
        return sentence;
    }

    /** The sentence of the failure of a call. */
    String failure(long id, int kind) throws Exception {
        ByteBufInputStream body = next(Wire.FAILED).open();
        long failed = body.readLong();
        int said = body.readUnsignedByte();
        if (failed != id || said != kind) {
            throw new AssertionError("call " + failed + " failed as " + said);
        }
        return body.readUTF();
    }

    @Override
    public void close() {
        StoreCalls.await(client.close());
    }
}
