package completiontest

// Dialect is an error in the words of a server, as its users report it. The format is
// each server's own; a few texts are made up in it.
type Dialect struct {
	Server string
	Status int
	Body   string
	// Refuses is the way of asking that is refused by it, "" for none.
	Refuses string
	// OfSchema says that it is refused because of the schema in it.
	OfSchema bool
}

// Handler answers with it.
func (d Dialect) Handler() Handler {
	kind := "application/json"
	if d.Body == "" || d.Body[0] != '{' && d.Body[0] != '[' {
		kind = "text/plain; charset=utf-8"
	}
	return Raw(d.Status, kind, d.Body)
}

// Refusals are how servers say that they do not know a way of asking for structured
// answers.
func Refusals() []Dialect {
	return []Dialect{
		{Server: "OpenAI", Status: 400, Refuses: "json_schema", Body: `{"error":{"message":"Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model. Learn more about supported models at the Structured Outputs guide: https://platform.openai.com/docs/guides/structured-outputs","type":"invalid_request_error","param":null,"code":null}}`},
		{Server: "OpenAI", Status: 400, Refuses: "json_schema", OfSchema: true, Body: `{"error":{"message":"Invalid schema for response_format 'answer': In context=('properties', 'value'), 'type' must be present.","type":"invalid_request_error","param":"response_format","code":null}}`},
		{Server: "OpenAI", Status: 400, Refuses: "tool", OfSchema: true, Body: `{"error":{"message":"Invalid schema for function 'answer': In context=(), 'additionalProperties' is required to be supplied and to be false.","type":"invalid_request_error","param":"tools[0].function.parameters","code":"invalid_function_parameters"}}`},
		{Server: "OpenAI", Status: 400, Refuses: "tool", Body: `{"error":{"message":"Unsupported parameter: 'tools' is not supported with this model.","type":"invalid_request_error","param":"tools","code":"unsupported_parameter"}}`},
		{Server: "OpenAI", Status: 400, Refuses: "json_object", Body: `{"error":{"message":"Invalid parameter: 'response_format' of type 'json_object' is not supported with this model.","type":"invalid_request_error","param":"response_format","code":null}}`},
		{Server: "OpenRouter", Status: 404, Refuses: "tool", Body: `{"error":{"message":"No endpoints found that support tool use. To learn more about provider routing, visit: https://openrouter.ai/docs/provider-routing","code":404}}`},
		{Server: "OpenRouter", Status: 404, Refuses: "tool", Body: `{"error":{"message":"No endpoints found that support the provided 'tool_choice' value. To learn more about provider routing, visit: https://openrouter.ai/docs/provider-routing","code":404}}`},
		{Server: "OpenRouter", Status: 400, Refuses: "json_schema", Body: `{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"error\":{\"message\":\"response_format is not supported by this model\"}}","provider_name":"Somebody"}}}`},
		{Server: "Ollama", Status: 400, Refuses: "tool", Body: `{"error":{"message":"registry.ollama.ai/library/gemma3:4b does not support tools","type":"api_error","param":null,"code":null}}`},
		{Server: "LM Studio", Status: 400, Refuses: "json_object", Body: `{"error":"'response_format.type' must be 'json_schema' or 'text'"}`},
		{Server: "LM Studio", Status: 400, Refuses: "json_schema", Body: `{"error":"'response_format.json_schema.schema' must be an object"}`},
		{Server: "LM Studio", Status: 400, Refuses: "tool", Body: `{"error":"Invalid tool_choice type: 'object'. Supported string values: none, auto, required"}`},
		{Server: "llama.cpp", Status: 500, Refuses: "tool", Body: `{"error":{"code":500,"message":"tools param requires --jinja flag","type":"server_error"}}`},
		{Server: "llama.cpp", Status: 500, Refuses: "tool", Body: `{"code":500,"message":"Unsupported param: tools","type":"server_error"}`},
		{Server: "llama.cpp", Status: 500, Refuses: "json_schema", Body: `{"error":{"code":500,"message":"response_format type must be one of \"text\" or \"json_object\", but got: json_schema","type":"server_error"}}`},
		{Server: "llama.cpp", Status: 400, Refuses: "json_schema", OfSchema: true, Body: `{"error":{"code":400,"message":"Failed to parse grammar","type":"invalid_request_error"}}`},
		{Server: "vLLM", Status: 400, Refuses: "json_schema", OfSchema: true, Body: `{"object":"error","message":"The provided JSON schema contains features not supported by xgrammar.","type":"BadRequestError","param":null,"code":400}`},
		{Server: "vLLM", Status: 400, Refuses: "tool", Body: `{"object":"error","message":"\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set","type":"BadRequestError","param":null,"code":400}`},
		{Server: "DeepSeek", Status: 400, Refuses: "json_schema", Body: `{"error":{"message":"This response_format type is unavailable now","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`},
		{Server: "DeepSeek", Status: 422, Refuses: "json_schema", Body: "Failed to deserialize the JSON body into the target type: response_format: response_format.type `json_schema` is unavailable now at line 1 column 12440"},
		{Server: "Groq", Status: 400, Refuses: "json_schema", Body: `{"error":{"message":"'response_format.type' : value is not one of the allowed values ['text','json_object']","type":"invalid_request_error"}}`},
		{Server: "Groq", Status: 400, Refuses: "json_schema", OfSchema: true, Body: `{"error":{"message":"invalid schema for response format: response_format/json_schema/next_step: minItems is not supported","type":"invalid_request_error"}}`},
		{Server: "FastAPI", Status: 422, Refuses: "json_schema", Body: `{"detail":[{"type":"literal_error","loc":["body","response_format","type"],"msg":"Input should be 'text' or 'json_object'","input":"json_schema","ctx":{"expected":"'text' or 'json_object'"}}]}`},
		{Server: "Google", Status: 400, Refuses: "tool", Body: `[{"error":{"code":400,"message":"Function calling is not enabled for models/gemma-3-4b-it","status":"INVALID_ARGUMENT"}}]`},
	}
}

// Failures are other errors, which have nothing to do with how an answer is asked
// for, by what they are: "key", "money", "model", "length", "busy", "policy".
func Failures() map[string][]Dialect {
	return map[string][]Dialect{
		"key": {
			{Server: "OpenAI", Status: 401, Body: `{"error":{"message":"Incorrect API key provided: sk-test-********6789. You can find your API key at https://platform.openai.com/account/api-keys.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}`},
			{Server: "OpenRouter", Status: 401, Body: `{"error":{"message":"No auth credentials found","code":401}}`},
			{Server: "llama.cpp", Status: 401, Body: `{"error":{"message":"Invalid API Key","type":"authentication_error","code":401}}`},
			{Server: "vLLM", Status: 401, Body: `{"error":"Unauthorized"}`},
			{Server: "a proxy", Status: 403, Body: "<html><head><title>403 Forbidden</title></head></html>"},
		},
		"money": {
			{Server: "OpenAI", Status: 429, Body: `{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}`},
			{Server: "OpenRouter", Status: 402, Body: `{"error":{"message":"Insufficient credits. This account never purchased credits.","code":402}}`},
			{Server: "OpenRouter", Status: 402, Body: `{"error":{"message":"This request requires more credits, or fewer max_tokens. You requested up to 4096 tokens, but can only afford 222.","code":402}}`},
		},
		"model": {
			{Server: "OpenAI", Status: 404, Body: "{\"error\":{\"message\":\"The model `m` does not exist or you do not have access to it.\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"model_not_found\"}}"},
			{Server: "OpenRouter", Status: 400, Body: `{"error":{"message":"m is not a valid model ID","code":400},"user_id":"user_1"}`},
			{Server: "OpenRouter", Status: 404, Body: `{"error":{"message":"No endpoints found for m.","code":404}}`},
			{Server: "Ollama", Status: 404, Body: `{"error":{"message":"model \"m\" not found, try pulling it first","type":"api_error","param":null,"code":null}}`},
			{Server: "LM Studio", Status: 404, Body: `{"error":{"message":"No models loaded. Please load a model in the developer page or use the 'lms load' command.","type":"invalid_request_error","param":"model","code":null}}`},
			{Server: "vLLM", Status: 404, Body: "{\"object\":\"error\",\"message\":\"The model `m` does not exist.\",\"type\":\"NotFoundError\",\"param\":null,\"code\":404}"},
			{Server: "nginx", Status: 404, Body: "404 page not found"},
		},
		"length": {
			{Server: "OpenAI", Status: 400, Body: `{"error":{"message":"This model's maximum context length is 4097 tokens. However, your messages resulted in 5000 tokens (4500 in the messages, 500 in the functions). Please reduce the length of the messages or functions.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`},
			{Server: "llama.cpp", Status: 400, Body: `{"error":{"code":400,"message":"request (4390 tokens) exceeds the available context size (4096 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":4390,"n_ctx":4096}}`},
			{Server: "llama.cpp", Status: 500, Body: `{"error":{"code":500,"message":"Context size has been exceeded.","type":"server_error"}}`},
		},
		"busy": {
			{Server: "OpenAI", Status: 429, Body: `{"error":{"message":"Rate limit reached for m in organization org-1 on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000.","type":"tokens","param":null,"code":"rate_limit_exceeded"}}`},
			{Server: "llama.cpp", Status: 503, Body: `{"error":{"message":"Loading model","type":"unavailable_error","code":503}}`},
			{Server: "Anthropic", Status: 529, Body: `{"error":{"message":"Overloaded","type":"overloaded_error"}}`},
			{Server: "OpenRouter, in a good response", Status: 200, Body: `{"error":{"message":"Provider returned error","code":502,"metadata":{"raw":"upstream timed out","provider_name":"Somebody"}}}`},
			{Server: "a proxy", Status: 502, Body: "<html><head><title>502 Bad Gateway</title></head></html>"},
		},
		"policy": {
			{Server: "OpenRouter", Status: 403, Body: `{"error":{"message":"m requires moderation on Somebody. Your input was flagged for \"violence\".","code":403,"metadata":{"reasons":["violence"],"flagged_input":"..."}}}`},
			{Server: "Azure", Status: 400, Body: `{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt","code":"content_filter","status":400}}`},
		},
	}
}
