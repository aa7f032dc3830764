/*
 * normal_emoji.c - the emoji that have a word: those people use most where they complain or praise.
 *
 * Several emoji share a word when a reader would take them alike, so that a rule names a mood and not a picture. The
 * words are part of what rules are written against: add some, but never change one.
 */
#include "attr.h"
#include "classify/normal_text.h"

static const struct {
	uint32_t character; /* in ascending order */
	char word[EMOJI_WORD_MAX];
} words[] = {
	{0x231B, ":waiting:"},        {0x23F0, ":waiting:"},       {0x23F3, ":waiting:"},    {0x260E, ":phone:"},
	{0x2611, ":check:"},          {0x2620, ":skull:"},         {0x2639, ":sad:"},        {0x263A, ":smile:"},
	{0x2661, ":heart:"},          {0x2665, ":heart:"},         {0x26A0, ":warning:"},    {0x2705, ":check:"},
	{0x2708, ":plane:"},          {0x270A, ":strong:"},        {0x270C, ":victory:"},    {0x2714, ":check:"},
	{0x2716, ":cross:"},          {0x2728, ":sparkles:"},      {0x274C, ":cross:"},      {0x2763, ":heart:"},
	{0x2764, ":heart:"},          {0x2B50, ":sparkles:"},      {0x1F198, ":warning:"},   {0x1F31F, ":sparkles:"},
	{0x1F389, ":party:"},         {0x1F38A, ":party:"},        {0x1F440, ":eyes:"},      {0x1F44A, ":strong:"},
	{0x1F44B, ":wave:"},          {0x1F44C, ":thumbs_up:"},    {0x1F44D, ":thumbs_up:"}, {0x1F44E, ":thumbs_down:"},
	{0x1F44F, ":clap:"},          {0x1F47F, ":angry:"},        {0x1F480, ":skull:"},     {0x1F48B, ":kiss:"},
	{0x1F493, ":heart:"},         {0x1F494, ":broken_heart:"}, {0x1F495, ":heart:"},     {0x1F496, ":heart:"},
	{0x1F497, ":heart:"},         {0x1F498, ":heart:"},        {0x1F499, ":heart:"},     {0x1F49A, ":heart:"},
	{0x1F49B, ":heart:"},         {0x1F49C, ":heart:"},        {0x1F49D, ":heart:"},     {0x1F49E, ":heart:"},
	{0x1F4A9, ":poop:"},          {0x1F4AA, ":strong:"},       {0x1F4AF, ":hundred:"},   {0x1F4B0, ":money:"},
	{0x1F4B3, ":money:"},         {0x1F4B5, ":money:"},        {0x1F4B8, ":money:"},     {0x1F4DE, ":phone:"},
	{0x1F4E6, ":parcel:"},        {0x1F4F1, ":phone:"},        {0x1F525, ":fire:"},      {0x1F550, ":waiting:"},
	{0x1F595, ":middle_finger:"}, {0x1F5A4, ":heart:"},        {0x1F600, ":grin:"},      {0x1F601, ":grin:"},
	{0x1F602, ":laugh:"},         {0x1F603, ":grin:"},         {0x1F604, ":grin:"},      {0x1F605, ":grin:"},
	{0x1F606, ":laugh:"},         {0x1F607, ":smile:"},        {0x1F609, ":wink:"},      {0x1F60A, ":smile:"},
	{0x1F60B, ":wink:"},          {0x1F60C, ":smile:"},        {0x1F60D, ":love_eyes:"}, {0x1F60E, ":cool:"},
	{0x1F60F, ":unamused:"},      {0x1F610, ":unamused:"},     {0x1F611, ":unamused:"},  {0x1F612, ":unamused:"},
	{0x1F613, ":sad:"},           {0x1F614, ":sad:"},          {0x1F615, ":sad:"},       {0x1F616, ":sad:"},
	{0x1F617, ":kiss:"},          {0x1F618, ":kiss:"},         {0x1F619, ":kiss:"},      {0x1F61A, ":kiss:"},
	{0x1F61B, ":wink:"},          {0x1F61C, ":wink:"},         {0x1F61D, ":wink:"},      {0x1F61E, ":sad:"},
	{0x1F61F, ":sad:"},           {0x1F620, ":angry:"},        {0x1F621, ":angry:"},     {0x1F622, ":cry:"},
	{0x1F623, ":sad:"},           {0x1F624, ":angry:"},        {0x1F625, ":cry:"},       {0x1F626, ":fear:"},
	{0x1F627, ":fear:"},          {0x1F628, ":fear:"},         {0x1F629, ":tired:"},     {0x1F62A, ":tired:"},
	{0x1F62B, ":tired:"},         {0x1F62C, ":grimace:"},      {0x1F62D, ":cry:"},       {0x1F62E, ":surprise:"},
	{0x1F62F, ":surprise:"},      {0x1F630, ":fear:"},         {0x1F631, ":fear:"},      {0x1F632, ":surprise:"},
	{0x1F633, ":surprise:"},      {0x1F634, ":tired:"},        {0x1F636, ":unamused:"},  {0x1F637, ":sick:"},
	{0x1F638, ":grin:"},          {0x1F639, ":laugh:"},        {0x1F63B, ":love_eyes:"}, {0x1F63E, ":angry:"},
	{0x1F63F, ":cry:"},           {0x1F641, ":sad:"},          {0x1F642, ":smile:"},     {0x1F643, ":upside_down:"},
	{0x1F644, ":eye_roll:"},      {0x1F648, ":monkey:"},       {0x1F649, ":monkey:"},    {0x1F64A, ":monkey:"},
	{0x1F64C, ":hands_up:"},      {0x1F64F, ":praying:"},      {0x1F6A8, ":warning:"},   {0x1F6AB, ":cross:"},
	{0x1F6EB, ":plane:"},         {0x1F6EC, ":plane:"},        {0x1F90D, ":heart:"},     {0x1F912, ":sick:"},
	{0x1F913, ":cool:"},          {0x1F914, ":thinking:"},     {0x1F917, ":smile:"},     {0x1F921, ":clown:"},
	{0x1F922, ":sick:"},          {0x1F923, ":laugh:"},        {0x1F926, ":facepalm:"},  {0x1F929, ":cool:"},
	{0x1F92A, ":wink:"},          {0x1F92C, ":cursing:"},      {0x1F92E, ":sick:"},      {0x1F92F, ":surprise:"},
	{0x1F937, ":shrug:"},         {0x1F970, ":love_eyes:"},    {0x1F971, ":tired:"},     {0x1F973, ":party:"},
	{0x1F97A, ":sad:"},           {0x1F9D0, ":thinking:"},     {0x1F9E1, ":heart:"},
};

const char *emoji_word(uint32_t character)
{
	size_t low = 0, high = ARRAY_LEN(words);

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (words[middle].character == character)
			return words[middle].word;
		if (words[middle].character < character)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
