// Receives Convoke's events: takes each genuine one once, and refuses all others. docs/receiving.md has the reasons.
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

string Setting(string name, string usual) => Environment.GetEnvironmentVariable(name) ?? usual;

// Without one of your own: the secret of the local account, which everybody knows.
var secret = Setting("WEBHOOK_SECRET", "whsec_Y29udm9rZS1sb2NhbC13ZWJob29rLXNlY3JldA==");
var key = Convert.FromBase64String(secret.Substring("whsec_".Length));

// The ids of what was taken. Yours are best kept in the database that the work is done in.
var taken = new ConcurrentDictionary<string, bool>();

// What is signed of a GET: its query from the last eventType on.
string EventQuery(string target) => Regex.Match(target, "^.*[?&](eventType=.*)$").Groups[1].Value;

// What is signed of a POST: the body as it came. Convoke always says how long it is.
async Task<byte[]> BodyOf(HttpListenerRequest request)
{
    if (request.ContentLength64 > 1_000_000) return new byte[0];
    var body = new MemoryStream();
    if (request.ContentLength64 > 0) await request.InputStream.CopyToAsync(body);
    return body.ToArray();
}

bool IsGenuine(HttpListenerRequest request, byte[] payload)
{
    var id = request.Headers["webhook-id"];
    var timestamp = request.Headers["webhook-timestamp"];
    var signatures = request.Headers["webhook-signature"];
    if (id == null || signatures == null || !long.TryParse(timestamp, out var sentAt)) return false;
    if (Math.Abs((decimal)DateTimeOffset.UtcNow.ToUnixTimeSeconds() - sentAt) > 300) return false;
    byte[] signature;
    using (var hmac = new HMACSHA256(key))
        signature = hmac.ComputeHash(Encoding.UTF8.GetBytes($"{id}.{timestamp}.").Concat(payload).ToArray());
    var expected = Encoding.UTF8.GetBytes("v1," + Convert.ToBase64String(signature));
    // While the secret is changed there are two signatures.
    return signatures.Split(' ')
        .Any(given => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), expected));
}

// The status to answer with.
async Task<int> Receive(HttpListenerRequest request)
{
    var payload = request.HttpMethod == "GET"
        ? Encoding.UTF8.GetBytes(EventQuery(request.RawUrl ?? ""))
        : await BodyOf(request);
    if (!IsGenuine(request, payload))
    {
        Console.WriteLine("Refused");
        return 401;
    }
    var id = request.Headers["webhook-id"];
    var sequence = request.Headers["convoke-sequence"];
    if (!taken.TryAdd(id, true))
    {
        Console.WriteLine($"Again: {id}");
        return 204;
    }
    // Here, keep the event for work that goes on after the answer: JsonDocument.Parse(payload), or
    // HttpUtility.ParseQueryString of a GET's.
    Console.WriteLine($"Taken: {id}, number {sequence}: {Encoding.UTF8.GetString(payload)}");
    return 204;
}

async Task Answer(HttpListenerContext context)
{
    try
    {
        context.Response.StatusCode = await Receive(context.Request);
        context.Response.Close();
    }
    catch (Exception error)
    {
        // The connection broke: Convoke comes again.
        Console.WriteLine($"Failed: {error.Message}");
        context.Response.Abort();
    }
}

var port = Setting("RECEIVER_PORT", "8300");
var address = $"http://127.0.0.1:{port}/";
var listener = new HttpListener();
listener.Prefixes.Add(address);
listener.Start();
Console.WriteLine($"Receiving at {address}");
while (true)
{
    var context = await listener.GetContextAsync();
    _ = Task.Run(() => Answer(context));
}
